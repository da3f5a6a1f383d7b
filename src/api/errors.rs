//! `metav1.Status` as an error: code, reason, message, causes.
//!
//! Models: `apimachinery/pkg/api/errors`, `apimachinery/pkg/util/validation/field`.

use super::kind::Names;
use std::collections::BTreeSet;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NotFound,
    AlreadyExists,
    Conflict,
    Invalid,
    BadRequest,
    Forbidden,
    /// A place in history that is gone.
    Expired,
    MethodNotAllowed,
    Timeout,
    ServiceUnavailable,
    TooManyRequests,
    InternalError,
    UnsupportedMediaType,
    /// The server gives no reason.
    Unknown,
}

impl Reason {
    pub fn code(self) -> u16 {
        match self {
            Reason::NotFound => 404,
            Reason::AlreadyExists | Reason::Conflict => 409,
            Reason::Invalid => 422,
            Reason::BadRequest => 400,
            Reason::Forbidden => 403,
            Reason::Expired => 410,
            Reason::MethodNotAllowed => 405,
            Reason::Timeout => 504,
            Reason::ServiceUnavailable => 503,
            Reason::TooManyRequests => 429,
            Reason::InternalError | Reason::Unknown => 500,
            Reason::UnsupportedMediaType => 415,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// An error of the API server. `Display` is the line that kubectl prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub reason: Reason,
    pub message: String,
    /// `Deployment`, `web`: for messages that name the object (`The Deployment "web" is invalid`).
    pub kind: String,
    pub name: String,
    pub causes: Vec<FieldError>,
}

impl std::error::Error for ApiError {}

impl ApiError {
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        ApiError { reason, message: message.into(), kind: String::new(), name: String::new(), causes: vec![] }
    }

    fn about(reason: Reason, names: &Names, name: &str, message: String) -> Self {
        ApiError { reason, message, kind: names.kind.into(), name: name.into(), causes: vec![] }
    }

    pub fn not_found(names: &Names, name: &str) -> Self {
        Self::about(Reason::NotFound, names, name, format!("{} \"{name}\" not found", names.resource))
    }

    /// The path that was asked for does not exist: the resource is not served (any more).
    pub fn no_resource(verb: &str, names: &Names, name: &str) -> Self {
        let of = if name.is_empty() { names.resource.to_string() } else { format!("{} {name}", names.resource) };
        let message = format!("the server could not find the requested resource ({verb} {of})");
        Self::about(Reason::NotFound, names, name, message)
    }

    pub fn already_exists(names: &Names, name: &str) -> Self {
        Self::about(Reason::AlreadyExists, names, name, format!("{} \"{name}\" already exists", names.resource))
    }

    pub fn conflict(names: &Names, name: &str, why: &str) -> Self {
        Self::about(
            Reason::Conflict,
            names,
            name,
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", names.resource),
        )
    }

    /// The object was read before somebody else changed it.
    pub fn stale(names: &Names, name: &str) -> Self {
        Self::conflict(
            names,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    pub fn forbidden(names: &Names, name: &str, why: &str) -> Self {
        Self::about(Reason::Forbidden, names, name, format!("{} \"{name}\" is forbidden: {why}", names.resource))
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Reason::BadRequest, message)
    }

    pub fn invalid(names: &Names, name: &str, mut errors: FieldErrors) -> Self {
        // Who reads it drops what was said before.
        let mut said = BTreeSet::new();
        errors.0.retain(|error| said.insert(error.to_string()));
        let kind =
            if names.group.is_empty() { names.kind.to_string() } else { format!("{}.{}", names.kind, names.group) };
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        let detail = if let [one] = texts.as_slice() { one.clone() } else { format!("[{}]", texts.join(", ")) };
        ApiError {
            reason: Reason::Invalid,
            message: format!("{kind} \"{name}\" is invalid: {detail}"),
            kind: names.kind.into(),
            name: name.into(),
            causes: errors.0,
        }
    }

    pub fn code(&self) -> u16 {
        self.reason.code()
    }
}

impl fmt::Display for ApiError {
    /// As kubectl's `CheckErr` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reason == Reason::Invalid && self.causes.is_empty() && self.kind.is_empty() {
            return write!(f, "The request is invalid: {}", self.message);
        }
        if self.reason == Reason::Unknown {
            return write!(f, "Error from server: {}", self.message);
        }
        if self.reason != Reason::Invalid || self.causes.is_empty() {
            return write!(f, "Error from server ({}): {}", self.reason, self.message);
        }
        write!(f, "The {} \"{}\" is invalid: ", self.kind, self.name)?;
        if let [one] = self.causes.as_slice() {
            return write!(f, "{one}");
        }
        for cause in &self.causes {
            write!(f, "\n* {cause}")?;
        }
        Ok(())
    }
}

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `spec.containers[0].name`
    pub path: String,
    /// `Invalid value: "x": must be ...`, `Required value`: as `field.Error` words it.
    pub text: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// What validation collects.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    fn push(&mut self, path: impl Into<String>, text: String) {
        self.0.push(FieldError { path: path.into(), text });
    }

    pub fn required(&mut self, path: impl Into<String>, detail: &str) {
        self.push(path, with_detail("Required value", detail));
    }

    /// `value` is already in Go's notation: `"text"` in quotes, numbers bare.
    pub fn invalid(&mut self, path: impl Into<String>, value: impl fmt::Display, detail: &str) {
        self.push(path, with_detail(&format!("Invalid value: {value}"), detail));
    }

    /// Without a value: what is wrong is too large to be shown.
    pub fn bad(&mut self, path: impl Into<String>, detail: &str) {
        self.push(path, with_detail("Invalid value", detail));
    }

    pub fn duplicate(&mut self, path: impl Into<String>, value: impl fmt::Display) {
        self.push(path, format!("Duplicate value: {value}"));
    }

    pub fn not_supported(&mut self, path: impl Into<String>, value: impl fmt::Display, valid: &[&str]) {
        let valid: Vec<String> = valid.iter().map(|v| format!("\"{v}\"")).collect();
        self.push(path, format!("Unsupported value: {value}: supported values: {}", valid.join(", ")));
    }

    pub fn forbidden(&mut self, path: impl Into<String>, detail: &str) {
        self.push(path, with_detail("Forbidden", detail));
    }

    pub fn not_found(&mut self, path: impl Into<String>, value: impl fmt::Display) {
        self.push(path, format!("Not found: {value}"));
    }

    pub fn too_long(&mut self, path: impl Into<String>, limit: usize) {
        self.push(path, format!("Too long: may not be more than {limit} bytes"));
    }

    /// A complaint whose first words are given: `Too many: 3`, `Invalid value`.
    pub fn told(&mut self, path: impl Into<String>, words: &str, detail: &str) {
        self.push(path, with_detail(words, detail));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn with_detail(text: &str, detail: &str) -> String {
    if detail.is_empty() { text.into() } else { format!("{text}: {detail}") }
}
