//! How names, labels, keys and ports may be written, in the server's words.
//!
//! Models: `apimachinery/pkg/util/validation/validation.go`.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const UNDERSCORED: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";
const RELAXED_ENV: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

fn lower_alnum(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

pub fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && lower_alnum(bytes[0])
        && lower_alnum(bytes[bytes.len() - 1])
        && bytes.iter().all(|c| lower_alnum(*c) || *c == b'-')
}

pub fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes[0].is_ascii_alphanumeric()
        && bytes[bytes.len() - 1].is_ascii_alphanumeric()
        && bytes.iter().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(c))
}

fn problems(too_long: bool, limit: &str, malformed: bool, words: &str) -> Vec<String> {
    let mut problems = vec![];
    if too_long {
        problems.push(format!("must be no more than {limit}"));
    }
    if malformed {
        problems.push(words.into());
    }
    problems
}

/// `my-app`: containers, volumes, namespaces, host names.
pub fn label(text: &str) -> Vec<String> {
    let words = if is_subdomain(text) { "must not contain dots" } else { LABEL };
    problems(text.len() > 63, "63 bytes", !is_label(text), words)
}

/// `my-app` that begins with a letter: Services.
pub fn dns1035(text: &str) -> Vec<String> {
    let fits = is_label(text) && text.as_bytes()[0].is_ascii_lowercase();
    problems(text.len() > 63, "63 bytes", !fits, DNS1035)
}

/// `my.app`: most object names.
pub fn subdomain(text: &str) -> Vec<String> {
    problems(text.len() > 253, "253 bytes", !is_subdomain(text), SUBDOMAIN)
}

/// `_my.app`: search domains.
pub fn underscored_subdomain(text: &str) -> Vec<String> {
    let part = |part: &str| {
        let part = part.strip_prefix('_').unwrap_or(part).as_bytes();
        !part.is_empty()
            && lower_alnum(part[0])
            && lower_alnum(part[part.len() - 1])
            && part.iter().all(|c| lower_alnum(*c) || *c == b'-' || *c == b'_')
    };
    problems(text.len() > 253, "253 bytes", !text.split('.').all(part), UNDERSCORED)
}

/// `*.my.app`: hosts of an Ingress.
pub fn wildcard(text: &str) -> Vec<String> {
    let fits = text.strip_prefix("*.").is_some_and(is_subdomain);
    problems(text.len() > 253, "253 bytes", !fits, WILDCARD)
}

/// A part of a path in the REST API: names of roles, kinds in references.
pub fn path_segment(text: &str) -> Vec<String> {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    let bad = ["/", "%"].into_iter().filter(|part| text.contains(part));
    bad.map(|part| format!("may not contain '{part}'")).collect()
}

pub fn label_value(text: &str) -> Vec<String> {
    problems(text.len() > 63, "63 bytes", !text.is_empty() && !is_name_part(text), LABEL_VALUE)
}

/// `app`, `example.com/app`: keys of labels and annotations, taint keys, resource names.
pub fn qualified_name(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split('/').collect();
    let mut problems = vec![];
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".into());
            } else {
                problems.extend(subdomain(prefix).into_iter().map(|problem| format!("prefix part {problem}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".into());
    }
    if !is_name_part(name) {
        problems.push(format!("name part {QUALIFIED}"));
    }
    problems
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._".contains(&c));
    let mut problems = problems(text.len() > 253, "253 bytes", !fits, CONFIG_KEY);
    if text == "." {
        problems.push("must not be '.'".into());
    } else if text == ".." {
        problems.push("must not be '..'".into());
    } else if text.starts_with("..") {
        problems.push("must not start with '..'".into());
    }
    problems
}

/// The name of an environment variable, as kubectl checks env files.
pub fn env_name(text: &str) -> Vec<String> {
    let first = text.bytes().next().is_some_and(|c| c.is_ascii_alphabetic() || b"-._".contains(&c));
    let rest = text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._".contains(&c));
    if first && rest { vec![] } else { vec![ENV_NAME.into()] }
}

/// The name of an environment variable, as the server checks it.
pub fn relaxed_env_name(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|c| (b' '..=b'~').contains(&c) && c != b'=');
    if fits { vec![] } else { vec![RELAXED_ENV.into()] }
}

/// A named port (IANA service name).
pub fn port_name(text: &str) -> Vec<String> {
    let mut problems = vec![];
    if text.len() > 15 {
        problems.push("must be no more than 15 bytes".to_string());
    }
    if !text.bytes().all(|c| lower_alnum(c) || c == b'-') || text.is_empty() {
        problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !text.bytes().any(|c| c.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        problems.push("must not contain consecutive hyphens".into());
    }
    if text.starts_with('-') || text.ends_with('-') {
        problems.push("must not begin or end with a hyphen".into());
    }
    problems
}
