//! cut: pieces of each line, by field (-d -f), character (-c) or byte (-b).

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};
use super::stream::{Filter, Flow, start};

#[derive(Clone)]
struct Cut {
    ranges: Vec<(usize, usize)>,
    fields: bool,
    delimiter: char,
    output: Option<String>,
    only: bool,
    complement: bool,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok((files, cut)) => start("cut", files, cut),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String]) -> Result<(Vec<String>, Cut), String> {
    let mut cut = Cut { ranges: vec![], fields: false, delimiter: '\t', output: None, only: false, complement: false };
    let (mut list, mut files, mut delimited) = (None, vec![], false);
    let mut args = Args::new(argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Operand(file) => files.push(file),
            Item::Short('f') => {
                list = Some(args.value("-f")?);
                cut.fields = true;
            }
            Item::Long(l) if l == "fields" => {
                list = Some(args.value("--fields")?);
                cut.fields = true;
            }
            Item::Short('c' | 'b') => list = Some(args.value("-c")?),
            Item::Short('d') => {
                let text = args.value("-d")?;
                let mut chars = text.chars();
                cut.delimiter = chars.next().unwrap_or('\0');
                delimited = true;
                if chars.next().is_some() {
                    return Err(args.bad("the delimiter must be a single character"));
                }
            }
            Item::Long(l) if l == "delimiter" => {
                cut.delimiter = args.value("--delimiter")?.chars().next().unwrap_or('\0')
            }
            Item::Long(l) if l == "output-delimiter" => cut.output = Some(args.value("--output-delimiter")?),
            Item::Long(l) if l == "complement" => cut.complement = true,
            Item::Short('s') => cut.only = true,
            item => return Err(args.unknown(&item)),
        }
    }
    let Some(list) = list else { return Err(args.bad("you must specify a list of bytes, characters, or fields")) };
    if delimited && !cut.fields {
        return Err(args.bad("an input delimiter may be specified only when operating on fields"));
    }
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |t: &str, default: usize| if t.is_empty() { Some(default) } else { t.parse().ok() };
        match (number(from, 1), number(to, usize::MAX)) {
            (Some(a), Some(b)) if a > 0 && a <= b && part != "-" => cut.ranges.push((a, b)),
            (Some(0), _) => return Err(args.bad("fields are numbered from 1")),
            (Some(_), Some(_)) => return Err(args.bad("invalid decreasing range")),
            _ => return Err(args.bad(&format!("invalid field value '{part}'"))),
        }
    }
    Ok((files, cut))
}

impl Filter for Cut {
    fn line(&mut self, line: &str, _ended: bool, sys: &mut Sys<'_>) -> Flow {
        let wanted = |n: usize| self.ranges.iter().any(|(a, b)| *a <= n && n <= *b) != self.complement;
        if !self.fields {
            let text: String = line.chars().enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, c)| c).collect();
            sys.out(&format!("{text}\n"));
            return Flow::More;
        }
        if !line.contains(self.delimiter) {
            if !self.only {
                sys.out(&format!("{line}\n"));
            }
            return Flow::More;
        }
        let fields: Vec<&str> =
            line.split(self.delimiter).enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, f)| f).collect();
        let glue = self.output.clone().unwrap_or_else(|| self.delimiter.to_string());
        sys.out(&format!("{}\n", fields.join(&glue)));
        Flow::More
    }

    fn end(&mut self, _sys: &mut Sys<'_>, failed: bool) -> i32 {
        i32::from(failed)
    }
}
