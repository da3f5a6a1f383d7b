//! The longer tokens: plain, quoted and block scalars, tags, directives.
//!
//! Models: scannerc.go of go.yaml.in/yaml/v2.

use super::scan::{Kind, Mark, Problem, Scanner, Token};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn token(kind: Kind, start: Mark, end: Mark) -> Token {
    Token { kind, start, end }
}

/// White space and line breaks inside a scalar, which are folded when text follows.
#[derive(Default)]
struct Gap {
    blanks: Vec<u8>,
    first_break: Vec<u8>,
    more_breaks: Vec<u8>,
    broken: bool,
}

impl Gap {
    /// One blank or line break at the scanner.
    fn eat(&mut self, s: &mut Scanner<'_>) {
        if s.is_blank() {
            if self.broken {
                s.skip();
            } else {
                s.read(&mut self.blanks);
            }
        } else if self.broken {
            s.read_line(&mut self.more_breaks);
        } else {
            self.blanks.clear();
            s.read_line(&mut self.first_break);
            self.broken = true;
        }
    }

    fn fold(&mut self, out: &mut Vec<u8>) {
        if !self.broken {
            out.append(&mut self.blanks);
            return;
        }
        if self.first_break.first() == Some(&b'\n') {
            if self.more_breaks.is_empty() {
                out.push(b' ');
            }
        } else {
            out.append(&mut self.first_break);
        }
        out.append(&mut self.more_breaks);
        *self = Gap::default();
    }
}

/// A scalar without quotes; also whether it reached over a line end.
pub(super) fn plain(s: &mut Scanner<'_>) -> Result<(Token, bool), Problem> {
    let (start, mut end) = (s.mark, s.mark);
    let indent = s.indent + 1;
    let mut out = Vec::new();
    let mut gap = Gap::default();
    loop {
        if s.document_mark(b'-') || s.document_mark(b'.') || s.byte(0) == b'#' {
            break;
        }
        while !s.blank_or_end(0) {
            let c = s.byte(0);
            if (c == b':' && s.blank_or_end(1)) || (s.flow_level > 0 && b",?[]{}".contains(&c)) {
                break;
            }
            if gap.broken || !gap.blanks.is_empty() {
                gap.fold(&mut out);
            }
            s.read(&mut out);
            end = s.mark;
        }
        if !(s.is_blank() || s.is_break(0)) {
            break;
        }
        while s.is_blank() || s.is_break(0) {
            if gap.broken && (s.mark.column as isize) < indent && s.byte(0) == b'\t' {
                return Err(s.problem(start, "found a tab character that violates indentation"));
            }
            gap.eat(s);
        }
        if s.flow_level == 0 && (s.mark.column as isize) < indent {
            break;
        }
    }
    Ok((token(Kind::Scalar { text: text(out), plain: true }, start, end), gap.broken))
}

/// A scalar in single or double quotes.
pub(super) fn quoted(s: &mut Scanner<'_>, single: bool) -> Result<Token, Problem> {
    let start = s.mark;
    let quote = s.byte(0);
    s.skip();
    let mut out = Vec::new();
    loop {
        if s.document_mark(b'-') || s.document_mark(b'.') {
            return Err(s.problem(start, "found unexpected document indicator"));
        }
        if s.at_end() {
            return Err(s.problem(start, "found unexpected end of stream"));
        }
        let mut gap = Gap::default();
        while !s.blank_or_end(0) {
            let c = s.byte(0);
            if single && c == b'\'' && s.byte(1) == b'\'' {
                out.push(b'\'');
                s.skip();
                s.skip();
            } else if c == quote {
                break;
            } else if !single && c == b'\\' && s.is_break(1) {
                s.skip();
                s.skip_line();
                gap.broken = true;
                break;
            } else if !single && c == b'\\' {
                escape(s, start, &mut out)?;
            } else {
                s.read(&mut out);
            }
        }
        if s.byte(0) == quote && !s.at_end() {
            break;
        }
        while s.is_blank() || s.is_break(0) {
            gap.eat(s);
        }
        if gap.broken && gap.first_break.is_empty() {
            // the line end was escaped: nothing comes in its place
            out.append(&mut gap.more_breaks);
        } else {
            gap.fold(&mut out);
        }
    }
    s.skip();
    Ok(token(Kind::Scalar { text: text(out), plain: false }, start, s.mark))
}

fn escape(s: &mut Scanner<'_>, start: Mark, out: &mut Vec<u8>) -> Result<(), Problem> {
    let simple = match s.byte(1) {
        b'0' => "\0",
        b'a' => "\u{7}",
        b'b' => "\u{8}",
        b't' | b'\t' => "\t",
        b'n' => "\n",
        b'v' => "\u{b}",
        b'f' => "\u{c}",
        b'r' => "\r",
        b'e' => "\u{1b}",
        b' ' => " ",
        b'"' => "\"",
        b'\'' => "'",
        b'\\' => "\\",
        b'N' => "\u{85}",
        b'_' => "\u{a0}",
        b'L' => "\u{2028}",
        b'P' => "\u{2029}",
        b'x' | b'u' | b'U' => "",
        _ => return Err(s.problem(start, "found unknown escape character")),
    };
    let digits = match s.byte(1) {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => 0,
    };
    s.skip();
    s.skip();
    out.extend_from_slice(simple.as_bytes());
    if digits == 0 {
        return Ok(());
    }
    let mut code: u32 = 0;
    for i in 0..digits {
        let Some(digit) = char::from(s.byte(i)).to_digit(16) else {
            return Err(s.problem(start, "did not find expected hexdecimal number"));
        };
        code = code.wrapping_shl(4) | digit;
    }
    let Some(c) = char::from_u32(code) else {
        return Err(s.problem(start, "found invalid Unicode character escape code"));
    };
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    (0..digits).for_each(|_| s.skip());
    Ok(())
}

/// A literal (`|`) or folded (`>`) scalar.
pub(super) fn block(s: &mut Scanner<'_>, literal: bool) -> Result<Token, Problem> {
    let start = s.mark;
    s.skip();
    let (chomp, increment) = block_header(s, start)?;
    rest_of_line(s, start)?;
    let mut end = s.mark;
    let base = s.indent.max(0);
    let mut indent = if increment > 0 { base + increment } else { 0 };
    let (mut out, mut lead, mut trail) = (Vec::new(), Vec::new(), Vec::new());
    block_breaks(s, &mut indent, &mut trail, start, &mut end)?;
    let mut was_blank = false;
    while s.mark.column as isize == indent && !s.at_end() {
        let blank = s.is_blank();
        if !literal && !was_blank && !blank && lead.first() == Some(&b'\n') {
            if trail.is_empty() {
                out.push(b' ');
            }
            lead.clear();
        } else {
            out.append(&mut lead);
        }
        out.append(&mut trail);
        was_blank = blank;
        while !s.break_or_end(0) {
            s.read(&mut out);
        }
        s.read_line(&mut lead);
        block_breaks(s, &mut indent, &mut trail, start, &mut end)?;
    }
    if chomp >= 0 {
        out.append(&mut lead);
    }
    if chomp > 0 {
        out.append(&mut trail);
    }
    Ok(token(Kind::Scalar { text: text(out), plain: false }, start, end))
}

/// The chomping (-1, 0, 1) and the indentation that the header asks for, in either order.
fn block_header(s: &mut Scanner<'_>, start: Mark) -> Result<(i8, isize), Problem> {
    let (mut chomp, mut increment) = (0, 0);
    let sign_first = matches!(s.byte(0), b'+' | b'-');
    for step in 0..2 {
        match s.byte(0) {
            c @ (b'+' | b'-') if (step == 0) == sign_first => {
                chomp = if c == b'+' { 1 } else { -1 };
                s.skip();
            }
            b'0' if (step == 1) == sign_first => {
                return Err(s.problem(start, "found an indentation indicator equal to 0"));
            }
            c @ b'1'..=b'9' if (step == 1) == sign_first => {
                increment = isize::from(c - b'0');
                s.skip();
            }
            _ => break,
        }
    }
    Ok((chomp, increment))
}

/// Blanks and a comment up to the line end, which is eaten.
fn rest_of_line(s: &mut Scanner<'_>, start: Mark) -> Result<(), Problem> {
    while s.is_blank() {
        s.skip();
    }
    if s.byte(0) == b'#' {
        while !s.break_or_end(0) {
            s.skip();
        }
    }
    if !s.break_or_end(0) {
        return Err(s.problem(start, "did not find expected comment or line break"));
    }
    s.skip_line();
    Ok(())
}

fn block_breaks(
    s: &mut Scanner<'_>,
    indent: &mut isize,
    breaks: &mut Vec<u8>,
    start: Mark,
    end: &mut Mark,
) -> Result<(), Problem> {
    *end = s.mark;
    let mut deepest = 0;
    loop {
        while (*indent == 0 || (s.mark.column as isize) < *indent) && s.byte(0) == b' ' {
            s.skip();
        }
        deepest = deepest.max(s.mark.column as isize);
        if (*indent == 0 || (s.mark.column as isize) < *indent) && s.byte(0) == b'\t' {
            return Err(s.problem(start, "found a tab character where an indentation space is expected"));
        }
        if !s.is_break(0) {
            break;
        }
        s.read_line(breaks);
        *end = s.mark;
    }
    if *indent == 0 {
        *indent = deepest.max(s.indent + 1).max(1);
    }
    Ok(())
}

/// `!tag`, `!!tag`, `!handle!tag` or `!<uri>`.
pub(super) fn tag(s: &mut Scanner<'_>) -> Result<Token, Problem> {
    let start = s.mark;
    let (mut handle, mut suffix);
    if s.byte(1) == b'<' {
        s.skip();
        s.skip();
        handle = String::new();
        suffix = uri(s, start, "")?;
        if s.byte(0) != b'>' {
            return Err(s.problem(start, "did not find the expected '>'"));
        }
        s.skip();
    } else {
        handle = tag_handle(s, start, false)?;
        if handle.len() > 1 && handle.ends_with('!') {
            suffix = uri(s, start, "")?;
        } else {
            suffix = uri(s, start, &handle)?;
            handle = "!".to_string();
            if suffix.is_empty() {
                std::mem::swap(&mut handle, &mut suffix);
            }
        }
    }
    if !s.blank_or_end(0) {
        return Err(s.problem(start, "did not find expected whitespace or line break"));
    }
    Ok(token(Kind::Tag(handle, suffix), start, s.mark))
}

fn tag_handle(s: &mut Scanner<'_>, start: Mark, directive: bool) -> Result<String, Problem> {
    if s.byte(0) != b'!' {
        return Err(s.problem(start, "did not find expected '!'"));
    }
    s.skip();
    let mut handle = format!("!{}", s.letters());
    if s.byte(0) == b'!' {
        s.skip();
        handle.push('!');
    } else if directive && handle != "!" {
        return Err(s.problem(start, "did not find expected '!'"));
    }
    Ok(handle)
}

fn uri(s: &mut Scanner<'_>, start: Mark, head: &str) -> Result<String, Problem> {
    let mut out = head.as_bytes().get(1..).unwrap_or_default().to_vec();
    let mut any = !head.is_empty();
    loop {
        let c = s.byte(0);
        if c == b'%' {
            let hex = |b: u8| char::from(b).to_digit(16);
            let (Some(high), Some(low)) = (hex(s.byte(1)), hex(s.byte(2))) else {
                return Err(s.problem(start, "did not find URI escaped octet"));
            };
            out.push((high * 16 + low) as u8);
            (0..3).for_each(|_| s.skip());
        } else if c.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.!~*'()[]".contains(&c) {
            s.read(&mut out);
        } else {
            break;
        }
        any = true;
    }
    if any { Ok(text(out)) } else { Err(s.problem(start, "did not find expected tag URI")) }
}

/// `%YAML 1.1` or `%TAG ! prefix`.
pub(super) fn directive(s: &mut Scanner<'_>) -> Result<Token, Problem> {
    let start = s.mark;
    s.skip();
    let name = s.letters();
    if name.is_empty() {
        return Err(s.problem(start, "could not find expected directive name"));
    }
    if !s.blank_or_end(0) {
        return Err(s.problem(start, "found unexpected non-alphabetical character"));
    }
    let kind = match name.as_str() {
        "YAML" => {
            blanks(s);
            let major = version_number(s, start)?;
            if s.byte(0) != b'.' {
                return Err(s.problem(start, "did not find expected digit or '.' character"));
            }
            s.skip();
            Kind::Version(major, version_number(s, start)?)
        }
        "TAG" => {
            blanks(s);
            let handle = tag_handle(s, start, true)?;
            if !s.is_blank() {
                return Err(s.problem(start, "did not find expected whitespace"));
            }
            blanks(s);
            let prefix = uri(s, start, "")?;
            if !s.blank_or_end(0) {
                return Err(s.problem(start, "did not find expected whitespace or line break"));
            }
            Kind::TagDirective(handle, prefix)
        }
        _ => return Err(s.problem(start, "found unknown directive name")),
    };
    let end = s.mark;
    rest_of_line(s, start)?;
    Ok(token(kind, start, end))
}

fn blanks(s: &mut Scanner<'_>) {
    while s.is_blank() {
        s.skip();
    }
}

fn version_number(s: &mut Scanner<'_>, start: Mark) -> Result<u32, Problem> {
    let (mut number, mut length) = (0, 0);
    while s.byte(0).is_ascii_digit() {
        length += 1;
        if length > 2 {
            return Err(s.problem(start, "found extremely long version number"));
        }
        number = number * 10 + u32::from(s.byte(0) - b'0');
        s.skip();
    }
    if length == 0 {
        return Err(s.problem(start, "did not find expected version number"));
    }
    Ok(number)
}
