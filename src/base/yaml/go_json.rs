//! Where and why a text is not JSON, in Go's words.
//!
//! Models: the scanner of Go's encoding/json (states and messages).

/// The first mistake of the first value: how many bytes were read up to and with the bad one, and Go's message.
/// `None` if a value is complete. A text that ends too early is `(0, "unexpected EOF")`.
pub(super) fn check(text: &str) -> Option<(usize, String)> {
    let mut checker = Checker { bytes: text.as_bytes(), text, at: 0 };
    match checker.document() {
        Ok(()) => None,
        Err(Wrong::End) => Some((0, "unexpected EOF".to_string())),
        Err(Wrong::Char(context)) => {
            let at = checker.at;
            Some((at + 1, format!("invalid character {} {context}", checker.shown(at))))
        }
    }
}

enum Wrong {
    End,
    Char(String),
}

struct Checker<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Checker<'_> {
    /// Go quotes single bytes, so a character of several shows its first.
    fn shown(&self, at: usize) -> String {
        match self.bytes.get(at) {
            Some(b'\'') => "'\\''".to_string(),
            Some(b'"') => "'\"'".to_string(),
            Some(b) => {
                let quoted = crate::base::text::go_quote(&char::from(*b).to_string());
                format!("'{}'", &quoted[1..quoted.len() - 1])
            }
            None => String::new(),
        }
    }

    fn peek(&mut self) -> Result<u8, Wrong> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.here()
    }

    fn here(&self) -> Result<u8, Wrong> {
        self.bytes.get(self.at).copied().ok_or(Wrong::End)
    }

    fn wrong<T>(&self, context: &str) -> Result<T, Wrong> {
        Err(Wrong::Char(context.to_string()))
    }

    fn document(&mut self) -> Result<(), Wrong> {
        // what is open: true for an object
        let mut open: Vec<bool> = Vec::new();
        loop {
            // a value begins here
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    if self.peek()? == b'}' {
                        self.at += 1;
                    } else {
                        open.push(true);
                        self.object_key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.peek()? == b']' {
                        self.at += 1;
                    } else {
                        open.push(false);
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => return self.wrong("looking for beginning of value"),
            }
            // a value has ended
            loop {
                let Some(object) = open.last().copied() else { return Ok(()) };
                match (self.peek()?, object) {
                    (b',', true) => {
                        self.at += 1;
                        self.object_key()?;
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        open.pop();
                    }
                    (_, true) => return self.wrong("after object key:value pair"),
                    (_, false) => return self.wrong("after array element"),
                }
            }
        }
    }

    fn object_key(&mut self) -> Result<(), Wrong> {
        if self.peek()? != b'"' {
            return self.wrong("looking for beginning of object key string");
        }
        self.string()?;
        if self.peek()? != b':' {
            return self.wrong("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Wrong> {
        self.at += 1;
        loop {
            match self.here()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.here()? {
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                if !self.here()?.is_ascii_hexdigit() {
                                    return self.wrong("in \\u hexadecimal character escape");
                                }
                            }
                        }
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        _ => return self.wrong("in string escape code"),
                    }
                }
                0..=0x1f => return self.wrong("in string literal"),
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        debug_assert!(self.text.len() >= self.at);
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Result<(), Wrong> {
        if self.here()? == b'-' {
            self.at += 1;
        }
        if self.here()? == b'0' {
            self.at += 1;
        } else if !self.digits() {
            return self.wrong("in numeric literal");
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.here()?;
            if !self.digits() {
                return self.wrong("after decimal point in numeric literal");
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.here()?, b'+' | b'-') {
                self.at += 1;
            }
            self.here()?;
            if !self.digits() {
                return self.wrong("in exponent of numeric literal");
            }
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Wrong> {
        for expected in word.bytes() {
            if self.here()? != expected {
                return self.wrong(&format!("in literal {word} (expecting '{}')", char::from(expected)));
            }
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_as_go_names_them() {
        for (text, want) in [
            ("{\"a\": 1,}", Some((9, "invalid character '}' looking for beginning of object key string"))),
            ("{\"a\" 1}", Some((6, "invalid character '1' after object key"))),
            ("[1 2]", Some((4, "invalid character '2' after array element"))),
            ("{a: 1}", Some((2, "invalid character 'a' looking for beginning of object key string"))),
            ("{\"a\": 1", Some((0, "unexpected EOF"))),
            ("{\"a\": tru}", Some((10, "invalid character '}' in literal true (expecting 'e')"))),
            ("{\"a\": [1, {}]} x", None),
        ] {
            assert_eq!(check(text), want.map(|(at, s)| (at, s.to_string())), "for {text}");
        }
    }
}
