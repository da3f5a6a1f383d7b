//! The shell language as a tree. Shared by `Rc`, so that a paused script costs nothing to clone.

use std::rc::Rc;

pub type Body = Rc<List>;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    pub items: Vec<Item>,
}

/// One command line: a chain that ends with `;`, a line end or `&`.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    pub chain: Rc<Chain>,
    pub background: bool,
    /// The source, for `jobs`.
    pub text: Rc<str>,
}

/// Pipelines joined by `&&` (true) and `||` (false).
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    pub first: Rc<Pipeline>,
    pub rest: Vec<(bool, Rc<Pipeline>)>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Pipeline {
    pub negate: bool,
    pub timed: bool,
    pub stages: Vec<Rc<Stage>>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Stage {
    pub command: Command,
    pub redirects: Vec<Redirect>,
    pub line: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Simple { assigns: Vec<Assign>, words: Vec<Word> },
    Group(Body),
    Subshell(Body),
    If { arms: Vec<(Body, Body)>, otherwise: Option<Body> },
    While { until: bool, test: Body, body: Body },
    For { name: Rc<str>, words: Option<Vec<Word>>, body: Body },
    Count { init: Word, test: Word, step: Word, body: Body },
    Case { subject: Word, arms: Vec<Arm> },
    Function { name: Rc<str>, body: Rc<Stage> },
    Test(Cond),
    Arith(Word),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Arm {
    pub patterns: Vec<Word>,
    pub body: Body,
    /// `;&`
    pub falls: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Assign {
    pub name: Rc<str>,
    pub append: bool,
    pub value: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    One(Word),
    /// `a=(x y)`
    Many(Vec<Word>),
    /// `a[i]=x`
    At(Word, Word),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Plain(String),
    Quoted(String),
    Double(Vec<Part>),
    Param(Rc<Param>),
    Command(Body),
    /// `<( )`
    From(Body),
    Arith(Word),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Param {
    pub name: String,
    /// `[x]` after the name.
    pub index: Option<Word>,
    pub op: Op,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Op {
    Plain,
    Length,
    /// `${!name}`
    Indirect,
    Default {
        colon: bool,
        word: Word,
    },
    Assign {
        colon: bool,
        word: Word,
    },
    Other {
        colon: bool,
        word: Word,
    },
    Require {
        colon: bool,
        word: Word,
    },
    CutStart {
        long: bool,
        pattern: Word,
    },
    CutEnd {
        long: bool,
        pattern: Word,
    },
    Replace {
        all: bool,
        anchor: Option<char>,
        pattern: Word,
        with: Word,
    },
    Slice {
        from: Word,
        len: Option<Word>,
    },
    Case {
        upper: bool,
        all: bool,
    },
    /// Something bash would refuse; the source for the message.
    Bad(String),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Redirect {
    pub fd: Option<u32>,
    pub kind: Redir,
    pub word: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redir {
    In,
    Out,
    Append,
    /// `<>`
    Both,
    /// `>&`, `<&`
    Dup,
    /// `&>`
    OutErr,
    AppendErr,
    /// A here-document; the word is its body.
    Here,
    /// `<<<`
    HereString,
}

/// `[[ ... ]]`
#[derive(Debug, PartialEq, Eq)]
pub enum Cond {
    Word(Word),
    Unary(String, Word),
    Binary(Word, String, Word),
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
}
