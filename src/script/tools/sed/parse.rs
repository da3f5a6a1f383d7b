//! The script of a sed: commands and their addresses.

use regex_lite::Regex;

use crate::script::regex;

use super::{Act, Address, Piece, Rule};

pub(super) struct Parser {
    chars: Vec<char>,
    at: usize,
    extended: bool,
    last: Option<String>,
}

impl Parser {
    pub(super) fn new(text: &str, extended: bool) -> Parser {
        Parser { chars: text.chars().collect(), at: 0, extended, last: None }
    }

    fn error(&self, what: &str) -> String {
        format!("sed: -e expression #1, char {}: {what}", self.at.min(self.chars.len()))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip(&mut self, set: &str) {
        while self.peek().is_some_and(|c| set.contains(c)) {
            self.at += 1;
        }
    }

    pub(super) fn parse(mut self) -> Result<Vec<Rule>, String> {
        let mut rules: Vec<Rule> = vec![];
        let mut opens = vec![];
        let mut labels: Vec<(String, usize)> = vec![];
        let mut jumps: Vec<(usize, String)> = vec![];
        loop {
            self.skip(" \t\n;");
            if self.peek() == Some('#') {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            if self.at >= self.chars.len() {
                break;
            }
            let from = self.address()?;
            self.skip(" \t");
            let mut to = None;
            if from.is_some() && self.peek() == Some(',') {
                self.at += 1;
                self.skip(" \t");
                to = self.address()?;
                if to.is_none() {
                    return Err(self.error("unexpected `,'"));
                }
            }
            self.skip(" \t");
            let mut negate = false;
            while self.peek() == Some('!') {
                negate = true;
                self.at += 1;
                self.skip(" \t");
            }
            let Some(c) = self.peek() else { return Err(self.error("missing command")) };
            self.at += 1;
            let here = rules.len();
            let act = match c {
                '{' => {
                    opens.push(here);
                    Act::Open(0)
                }
                '}' => {
                    let Some(open) = opens.pop() else { return Err(self.error("unexpected `}'")) };
                    if let Some(Rule { act: Act::Open(end), .. }) = rules.get_mut(open) {
                        *end = here;
                    }
                    Act::Close
                }
                ':' => {
                    let name = self.word();
                    labels.push((name, here));
                    Act::Label
                }
                'b' | 't' | 'T' => {
                    let name = self.word();
                    jumps.push((here, name));
                    if c == 'b' { Act::Jump(None) } else { Act::JumpIf(None, c == 't') }
                }
                c => self.act(c)?,
            };
            if !matches!(act, Act::Open(_)) {
                self.end()?;
            }
            rules.push(Rule { from, to, negate, act });
        }
        if !opens.is_empty() {
            return Err("sed: -e expression #1, char 0: unmatched `{'".into());
        }
        for (rule, name) in jumps {
            let target = match labels.iter().find(|(n, _)| *n == name) {
                Some((_, at)) => Some(*at),
                None if name.is_empty() => Some(usize::MAX),
                None => {
                    return Err(format!(
                        "sed: -e expression #1, char {}: can't find label for jump to `{name}'",
                        self.chars.len()
                    ));
                }
            };
            match &mut rules[rule].act {
                Act::Jump(to) | Act::JumpIf(to, _) => *to = target,
                _ => {}
            }
        }
        Ok(rules)
    }

    /// After a command: `;`, a line end, `}` or a comment.
    fn end(&mut self) -> Result<(), String> {
        self.skip(" \t");
        match self.peek() {
            None | Some(';' | '\n' | '}' | '#') => Ok(()),
            Some(_) => {
                self.at += 1;
                Err(self.error("extra characters after command"))
            }
        }
    }

    fn word(&mut self) -> String {
        self.skip(" \t");
        let from = self.at;
        while self.peek().is_some_and(|c| !";\n}".contains(c)) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect::<String>().trim().to_owned()
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect::<String>().parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        let regex_with = |p: &mut Parser, delimiter: char| -> Result<Option<Address>, String> {
            let source = p.until(delimiter, "unterminated address regex")?;
            let ignore = p.peek() == Some('I');
            p.at += usize::from(ignore);
            p.regex(&source, ignore).map(|r| Some(Address::Match(r)))
        };
        match self.peek() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.at += 1;
                regex_with(self, '/')
            }
            Some('\\') => {
                let Some(delimiter) = self.chars.get(self.at + 1).copied() else {
                    return Err(self.error("unexpected `\\'"));
                };
                self.at += 2;
                regex_with(self, delimiter)
            }
            Some('+') => {
                self.at += 1;
                Ok(self.number().map(Address::Plus))
            }
            Some(c) if c.is_ascii_digit() => {
                let n = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(n, self.number().unwrap_or(0))));
                }
                Ok(Some(Address::Line(n)))
            }
            _ => Ok(None),
        }
    }

    /// Text up to a delimiter, which is read too; `\` before the delimiter stands for it.
    fn until(&mut self, delimiter: char, wrong: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut bracket = false;
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == '\\' {
                match self.peek() {
                    Some(n) if n == delimiter => out.push(n),
                    Some('n') if !bracket => out.push_str("\\n"),
                    Some(n) => {
                        out.push('\\');
                        out.push(n);
                    }
                    None => out.push('\\'),
                }
                self.at += 1;
                continue;
            }
            if c == '[' && !bracket && self.chars[self.at..].contains(&']') {
                bracket = true;
            } else if c == ']' {
                bracket = false;
            }
            if c == delimiter && !(bracket && wrong.contains("regex")) {
                return Ok(out);
            }
            out.push(c);
        }
        self.at = self.chars.len();
        Err(self.error(wrong))
    }

    fn regex(&mut self, source: &str, ignore: bool) -> Result<Regex, String> {
        let source = if source.is_empty() {
            self.last.clone().ok_or_else(|| self.error("no previous regular expression"))?
        } else {
            source.to_owned()
        };
        self.last = Some(source.clone());
        let translated = regex::translate(&source, self.extended);
        regex::compile(&translated, ignore).ok_or_else(|| self.error("Invalid preceding regular expression"))
    }

    fn act(&mut self, c: char) -> Result<Act, String> {
        Ok(match c {
            's' => self.replace()?,
            'y' => {
                let delimiter = self.peek().unwrap_or('/');
                self.at += 1;
                let plain = |t: String| t.replace("\\n", "\n").replace("\\\\", "\\").chars().collect::<Vec<char>>();
                let from = plain(self.until(delimiter, "unterminated `y' command")?);
                let to = plain(self.until(delimiter, "unterminated `y' command")?);
                if from.len() != to.len() {
                    return Err(self.error("strings for `y' command are different lengths"));
                }
                Act::Translate(from.into_iter().zip(to).collect())
            }
            'd' => Act::Delete,
            'p' => Act::Print,
            'q' | 'Q' => {
                self.skip(" ");
                Act::Quit(self.number().unwrap_or(0) as i32, c == 'q')
            }
            'n' => Act::Next,
            'N' => Act::Join,
            '=' => Act::Number,
            'g' | 'G' => Act::Get(c == 'G'),
            'h' | 'H' => Act::Hold(c == 'H'),
            'x' => Act::Swap,
            'a' | 'i' | 'c' => {
                let text = self.text_block()?;
                match c {
                    'a' => Act::Append(text),
                    'i' => Act::Insert(text),
                    _ => Act::Change(text),
                }
            }
            'D' | 'P' | 'r' | 'w' | 'e' | 'l' | 'F' | 'W' | 'R' | 'z' => {
                return Err(self.error(&format!("the command `{c}' is left out here")));
            }
            c => return Err(self.error(&format!("unknown command: `{c}'"))),
        })
    }

    fn text_block(&mut self) -> Result<String, String> {
        self.skip(" \t");
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip(" \t");
            if self.peek() == Some('\n') {
                self.at += 1;
            }
        }
        if self.at >= self.chars.len() {
            return Err(self.error("expected \\ after `a', `c' or `i'"));
        }
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' => {
                    match self.peek() {
                        Some('n') => out.push('\n'),
                        Some('t') => out.push('\t'),
                        Some(n) => out.push(n),
                        None => {}
                    }
                    self.at += 1;
                }
                '\n' => break,
                c => out.push(c),
            }
        }
        Ok(out)
    }

    fn replace(&mut self) -> Result<Act, String> {
        let Some(delimiter) = self.peek() else { return Err(self.error("unterminated `s' command")) };
        self.at += 1;
        let source =
            self.until(delimiter, "unterminated `s' command (regex)").map_err(|e| e.replace(" (regex)", ""))?;
        let with = self.until(delimiter, "unterminated `s' command")?;
        let (mut all, mut print, mut ignore, mut nth) = (false, false, false, 1);
        while let Some(c) = self.peek() {
            match c {
                'g' => all = true,
                'p' => print = true,
                'i' | 'I' => ignore = true,
                'm' | 'M' => {}
                c if c.is_ascii_digit() => {
                    nth = self.number().unwrap_or(1).max(1);
                    continue;
                }
                ';' | '\n' | '}' | ' ' | '\t' | '#' => break,
                _ => {
                    self.at += 1;
                    return Err(self.error("unknown option to `s'"));
                }
            }
            self.at += 1;
        }
        let find = self.regex(&source, ignore)?;
        let with = pieces(&with);
        let groups = find.captures_len();
        if let Some(n) =
            with.iter().filter_map(|p| if let Piece::Group(n) = p { Some(*n) } else { None }).find(|n| *n >= groups)
        {
            return Err(self.error(&format!("invalid reference \\{n} on `s' command's RHS")));
        }
        Ok(Act::Replace { find, with, all, nth, print })
    }
}

fn pieces(with: &str) -> Vec<Piece> {
    let mut out = vec![];
    let mut text = String::new();
    let mut chars = with.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '&' => Some(Piece::Group(0)),
            '\\' => match chars.next() {
                Some(d) if d.is_ascii_digit() => Some(Piece::Group(d as usize - '0' as usize)),
                Some('n') => {
                    text.push('\n');
                    None
                }
                Some('t') => {
                    text.push('\t');
                    None
                }
                Some(c @ ('U' | 'L' | 'E' | 'u' | 'l')) => Some(Piece::Case(c)),
                Some(c) => {
                    text.push(c);
                    None
                }
                None => None,
            },
            c => {
                text.push(c);
                None
            }
        };
        if let Some(piece) = piece {
            if !text.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut text)));
            }
            out.push(piece);
        }
    }
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}
