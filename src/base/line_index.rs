//! Bytes, lines, and the UTF-16 offsets of an editor in a browser.

/// Where the lines of a text begin; converts offsets both ways.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// Byte and UTF-16 offset of every line's start.
    starts: Vec<(usize, usize)>,
}

impl<'a> LineIndex<'a> {
    pub fn new(text: &'a str) -> LineIndex<'a> {
        let mut starts = vec![(0, 0)];
        let (mut byte, mut unit) = (0, 0);
        for line in text.split_inclusive('\n') {
            byte += line.len();
            unit += units(line);
            if line.ends_with('\n') {
                starts.push((byte, unit));
            }
        }
        LineIndex { text, starts }
    }

    /// The UTF-16 offset of a byte offset; one inside a character or behind the end is moved back.
    pub fn utf16(&self, byte: usize) -> usize {
        let byte = floor(self.text, byte);
        let (start, unit) = self.starts[self.starts.partition_point(|(start, _)| *start <= byte) - 1];
        unit + units(&self.text[start..byte])
    }

    /// The byte offset of a UTF-16 offset; one inside a pair or behind the end is moved back.
    pub fn byte(&self, utf16: usize) -> usize {
        let (start, unit) = self.starts[self.starts.partition_point(|(_, unit)| *unit <= utf16) - 1];
        let (mut at, mut left) = (start, utf16 - unit);
        for c in self.text[start..].chars() {
            if left < c.len_utf16() {
                break;
            }
            left -= c.len_utf16();
            at += c.len_utf8();
        }
        at
    }

    /// The 0-based line of a byte offset.
    pub fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|(start, _)| *start <= byte) - 1
    }

    /// A line without its end.
    pub fn line_text(&self, line: usize) -> &'a str {
        let start = self.line_start(line);
        let end = self.starts.get(line + 1).map_or(self.text.len(), |(start, _)| *start);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The byte offset at which a line begins.
    pub fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).map_or(self.text.len(), |(start, _)| *start)
    }

    pub fn lines(&self) -> usize {
        self.starts.len()
    }
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn floor(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_go_both_ways_over_hangul_and_emoji() {
        let text = "a: 한글\n🚀b: c\n\nend";
        let index = LineIndex::new(text);
        for (at, _) in text.char_indices() {
            assert_eq!(index.byte(index.utf16(at)), at);
            assert_eq!(index.utf16(at), text[..at].encode_utf16().count());
        }
        assert_eq!(index.utf16(text.len() + 9), text.encode_utf16().count());
        assert_eq!(index.byte(9999), text.len());
        assert_eq!((index.line(text.find('b').unwrap()), index.line_text(1)), (1, "🚀b: c"));
        assert_eq!((index.lines(), index.line_text(2), index.line_text(3)), (4, "", "end"));
    }
}
