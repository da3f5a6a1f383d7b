//! Tokens into a tree of nodes.
//!
//! Models: parserc.go of go.yaml.in/yaml/v2, its productions and errors, with the tree of decode.go on top.

use std::collections::BTreeMap;

use super::scan::{Kind, Mark, Problem, Scanner, Token};

/// Why a document cannot be read.
#[derive(Clone, Debug)]
pub(super) enum Fail {
    /// At a mark.
    At(Problem),
    /// The decoder's: `yaml: ` in front, no line; the mark is ours.
    Decode(String, Mark),
    /// Of what stands above the decoder: nothing in front.
    Bare(String, Mark),
}

impl From<Problem> for Fail {
    fn from(problem: Problem) -> Fail {
        Fail::At(problem)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// `implicit`: without quotes or tag, so its looks say what it is.
    Scalar {
        text: String,
        implicit: bool,
    },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
    /// Of the node with this number.
    Alias(String, usize),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub shape: Shape,
    /// In the short form, `!!str`.
    pub tag: Option<String>,
    pub start: Mark,
    pub end: Mark,
}

pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub root: Option<usize>,
}

/// Reads the first document of a text; what follows it is not looked at.
pub(super) fn document(text: &str) -> Result<Tree, Fail> {
    if let Some(at) = text.find(is_control) {
        let mark = place(text, at);
        return Err(Fail::Decode("control characters are not allowed".to_string(), mark));
    }
    let mut parser = Parser { scanner: Scanner::new(text), nodes: vec![], anchors: BTreeMap::new(), handles: vec![] };
    let root = parser.stream()?;
    Ok(Tree { nodes: parser.nodes, root })
}

fn is_control(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The mark of a byte offset.
pub(super) fn place(text: &str, at: usize) -> Mark {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    Mark {
        at,
        index: before.chars().count(),
        line: before.matches('\n').count(),
        column: before[line_start..].chars().count(),
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    nodes: Vec<Node>,
    anchors: BTreeMap<String, usize>,
    handles: Vec<(String, String)>,
}

/// Tag and anchor in front of a node.
#[derive(Default)]
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
    tag_mark: Option<Mark>,
    start: Option<Mark>,
    end: Mark,
}

impl Parser<'_> {
    fn peek(&mut self) -> Result<&Token, Fail> {
        Ok(self.scanner.peek()?)
    }

    fn kind(&mut self) -> Result<Kind, Fail> {
        Ok(match &self.peek()?.kind {
            // the text is not needed to choose a production
            Kind::Scalar { plain, .. } => Kind::Scalar { text: String::new(), plain: *plain },
            other => other.clone(),
        })
    }

    fn take(&mut self) -> Result<Token, Fail> {
        self.peek()?;
        Ok(self.scanner.take().expect("a token was peeked at"))
    }

    fn error(&mut self, context: Mark, message: &str) -> Fail {
        match self.peek() {
            Ok(token) => {
                let mark = token.start;
                Fail::At(Problem { message: message.to_string(), mark, context, scanner: false })
            }
            Err(fail) => fail,
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn empty(&mut self, mark: Mark) -> usize {
        let shape = Shape::Scalar { text: String::new(), implicit: true };
        self.add(Node { shape, tag: None, start: mark, end: mark })
    }

    fn stream(&mut self) -> Result<Option<usize>, Fail> {
        self.take()?;
        let root = match self.kind()? {
            Kind::StreamEnd => return Ok(None),
            Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart => {
                self.directives()?;
                let mark = self.peek()?.start;
                if self.kind()? != Kind::DocumentStart {
                    return Err(self.error(mark, "did not find expected <document start>"));
                }
                self.take()?;
                let mark = self.peek()?.start;
                match self.kind()? {
                    Kind::Version(..)
                    | Kind::TagDirective(..)
                    | Kind::DocumentStart
                    | Kind::DocumentEnd
                    | Kind::StreamEnd => self.empty(mark),
                    _ => self.node(true, false)?,
                }
            }
            _ => {
                self.directives()?;
                self.node(true, false)?
            }
        };
        // the end of the document is looked for, which may find an error just behind it
        self.peek()?;
        Ok(Some(root))
    }

    fn directives(&mut self) -> Result<(), Fail> {
        let mut version = false;
        loop {
            let mark = self.peek()?.start;
            match self.kind()? {
                Kind::Version(..) if version => return Err(self.error(mark, "found duplicate %YAML directive")),
                Kind::Version(1, 1) => version = true,
                Kind::Version(..) => return Err(self.error(mark, "found incompatible YAML document")),
                Kind::TagDirective(handle, prefix) => {
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(mark, "found duplicate %TAG directive"));
                    }
                    self.handles.push((handle, prefix));
                }
                _ => break,
            }
            self.take()?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", "!!")] {
            if !self.handles.iter().any(|(known, _)| known == handle) {
                self.handles.push((handle.to_string(), prefix.to_string()));
            }
        }
        Ok(())
    }

    fn node(&mut self, block: bool, indentless: bool) -> Result<usize, Fail> {
        if let Kind::Alias(name) = self.kind()? {
            let token = self.take()?;
            let Some(id) = self.anchors.get(&name).copied() else {
                return Err(Fail::Decode(format!("unknown anchor '{name}' referenced"), token.start));
            };
            return Ok(self.add(Node { shape: Shape::Alias(name, id), tag: None, start: token.start, end: token.end }));
        }
        let found = self.properties()?;
        let token = self.peek()?;
        let (mark, token_end) = (token.start, token.end);
        let start = found.start.unwrap_or(mark);
        let kind = self.kind()?;
        // the number is given before the children, so that an anchor inside itself is known
        let id = self.empty(start);
        if let Some(name) = &found.anchor {
            self.anchors.insert(name.clone(), id);
        }
        let (shape, end) = match kind {
            Kind::BlockEntry if indentless => self.indentless_sequence()?,
            Kind::Scalar { plain, .. } => {
                let implicit = (found.tag.is_none() && plain) || found.tag.as_deref() == Some("!");
                let Kind::Scalar { text, .. } = self.take()?.kind else { unreachable!("the peeked token is a scalar") };
                (Shape::Scalar { text, implicit }, token_end)
            }
            Kind::FlowSequenceStart => self.flow_sequence()?,
            Kind::FlowMappingStart => self.flow_mapping()?,
            Kind::BlockSequenceStart if block => self.block_sequence()?,
            Kind::BlockMappingStart if block => self.block_mapping()?,
            _ if found.anchor.is_some() || found.tag.is_some() => {
                (Shape::Scalar { text: String::new(), implicit: found.tag.is_none() }, found.end)
            }
            _ => return Err(self.error(start, "did not find expected node content")),
        };
        self.nodes[id] = Node { shape, tag: found.tag, start, end };
        Ok(id)
    }

    fn properties(&mut self) -> Result<Properties, Fail> {
        let mut found = Properties::default();
        let mut tag = None;
        for _ in 0..2 {
            match self.kind()? {
                Kind::Anchor(name) if found.anchor.is_none() => found.anchor = Some(name),
                Kind::Tag(handle, suffix) if tag.is_none() => tag = Some((handle, suffix)),
                _ => break,
            }
            let token = self.take()?;
            found.start.get_or_insert(token.start);
            if found.tag_mark.is_none() && tag.is_some() {
                found.tag_mark = Some(token.start);
            }
            found.end = token.end;
        }
        if let Some((handle, suffix)) = tag {
            let full = if handle.is_empty() {
                suffix
            } else {
                match self.handles.iter().find(|(known, _)| *known == handle) {
                    Some((_, prefix)) => format!("{prefix}{suffix}"),
                    None => {
                        let mark = found.tag_mark.unwrap_or_default();
                        let message = "found undefined tag handle".to_string();
                        let context = found.start.unwrap_or(mark);
                        return Err(Fail::At(Problem { message, mark, context, scanner: false }));
                    }
                }
            };
            let short = full.strip_prefix("tag:yaml.org,2002:").map(|name| format!("!!{name}"));
            found.tag = Some(short.unwrap_or(full)).filter(|tag| !tag.is_empty());
        }
        Ok(found)
    }

    fn block_sequence(&mut self) -> Result<(Shape, Mark), Fail> {
        let start = self.take()?;
        let mut end = start.end;
        let mut items = Vec::new();
        loop {
            match self.kind()? {
                Kind::BlockEntry => {
                    let entry = self.take()?;
                    let item = match self.kind()? {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(entry.end),
                        _ => self.node(true, false)?,
                    };
                    end = self.nodes[item].end;
                    items.push(item);
                }
                Kind::BlockEnd => {
                    self.take()?;
                    return Ok((Shape::Sequence(items), end));
                }
                _ => return Err(self.error(start.start, "did not find expected '-' indicator")),
            }
        }
    }

    fn indentless_sequence(&mut self) -> Result<(Shape, Mark), Fail> {
        let mut end = self.peek()?.end;
        let mut items = Vec::new();
        while self.kind()? == Kind::BlockEntry {
            let entry = self.take()?;
            let item = match self.kind()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(entry.end),
                _ => self.node(true, false)?,
            };
            end = self.nodes[item].end;
            items.push(item);
        }
        Ok((Shape::Sequence(items), end))
    }

    fn block_mapping(&mut self) -> Result<(Shape, Mark), Fail> {
        let start = self.take()?;
        let mut end = start.end;
        let mut entries = Vec::new();
        loop {
            match self.kind()? {
                Kind::Key => {
                    let token = self.take()?;
                    let key = self.block_entry_node(token.end)?;
                    let value = if self.kind()? == Kind::Value {
                        let token = self.take()?;
                        self.block_entry_node(token.end)?
                    } else {
                        let mark = self.peek()?.start;
                        self.empty(mark)
                    };
                    end = self.nodes[value].end;
                    entries.push((key, value));
                }
                Kind::BlockEnd => {
                    self.take()?;
                    return Ok((Shape::Mapping(entries), end));
                }
                _ => return Err(self.error(start.start, "did not find expected key")),
            }
        }
    }

    fn block_entry_node(&mut self, mark: Mark) -> Result<usize, Fail> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(self.empty(mark)),
            _ => self.node(true, true),
        }
    }

    fn flow_sequence(&mut self) -> Result<(Shape, Mark), Fail> {
        let start = self.take()?;
        let mut items = Vec::new();
        loop {
            if self.kind()? != Kind::FlowSequenceEnd && !items.is_empty() {
                if self.kind()? != Kind::FlowEntry {
                    return Err(self.error(start.start, "did not find expected ',' or ']'"));
                }
                self.take()?;
            }
            match self.kind()? {
                Kind::FlowSequenceEnd => {
                    let end = self.take()?.end;
                    return Ok((Shape::Sequence(items), end));
                }
                Kind::Key => {
                    let pair = self.flow_pair()?;
                    items.push(pair);
                }
                _ => {
                    let item = self.node(false, false)?;
                    items.push(item);
                }
            }
        }
    }

    /// `[a: b]`: a mapping of one entry.
    fn flow_pair(&mut self) -> Result<usize, Fail> {
        let start = self.take()?.start;
        let key = match self.kind()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // as in the original, the token is eaten
                let mark = self.take()?.end;
                self.empty(mark)
            }
            _ => self.node(false, false)?,
        };
        let mut value = None;
        if self.kind()? == Kind::Value {
            self.take()?;
            if !matches!(self.kind()?, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                value = Some(self.node(false, false)?);
            }
        }
        let mark = self.peek()?.start;
        let value = match value {
            Some(value) => value,
            None => self.empty(mark),
        };
        let end = self.nodes[value].end;
        Ok(self.add(Node { shape: Shape::Mapping(vec![(key, value)]), tag: None, start, end }))
    }

    fn flow_mapping(&mut self) -> Result<(Shape, Mark), Fail> {
        let start = self.take()?;
        let mut entries = Vec::new();
        loop {
            if self.kind()? != Kind::FlowMappingEnd && !entries.is_empty() {
                if self.kind()? != Kind::FlowEntry {
                    return Err(self.error(start.start, "did not find expected ',' or '}'"));
                }
                self.take()?;
            }
            match self.kind()? {
                Kind::FlowMappingEnd => {
                    let end = self.take()?.end;
                    return Ok((Shape::Mapping(entries), end));
                }
                Kind::Key => {
                    self.take()?;
                    let key = self.flow_entry_node()?;
                    let value = if self.kind()? == Kind::Value {
                        self.take()?;
                        self.flow_entry_node()?
                    } else {
                        let mark = self.peek()?.start;
                        self.empty(mark)
                    };
                    entries.push((key, value));
                }
                _ => {
                    let key = self.node(false, false)?;
                    let mark = self.peek()?.start;
                    let value = self.empty(mark);
                    entries.push((key, value));
                }
            }
        }
    }

    fn flow_entry_node(&mut self) -> Result<usize, Fail> {
        let mark = self.peek()?.start;
        match self.kind()? {
            Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => Ok(self.empty(mark)),
            _ => self.node(false, false),
        }
    }
}
