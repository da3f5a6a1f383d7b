//! Metadata that every kind shares: names, labels.
//!
//! Models: `apimachinery/pkg/api/validation/objectmeta.go`, `apimachinery/pkg/util/validation`.
//! Left out: annotations' total size, finalizer names.

use crate::api::errors::FieldErrors;
use crate::api::object::Object;

/// How a name may look; the message is the server's.
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

pub fn validate(new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
    if old.is_none() {
        name(new, errors);
    }
    labels(new.labels(), "metadata.labels", errors);
}

fn name(object: &Object, errors: &mut FieldErrors) {
    let name = object.name();
    if name.is_empty() {
        errors.required("metadata.name", "name or generateName is required");
        return;
    }
    match object.kind.names().resource {
        "services" => {
            if !is_dns1035(name) {
                errors.invalid("metadata.name", format!("\"{name}\""), DNS1035);
            } else if name.len() > 63 {
                errors.invalid("metadata.name", format!("\"{name}\""), "must be no more than 63 characters");
            }
        }
        "namespaces" => {
            if !is_label(name) {
                errors.invalid("metadata.name", format!("\"{name}\""), LABEL);
            } else if name.len() > 63 {
                errors.invalid("metadata.name", format!("\"{name}\""), "must be no more than 63 characters");
            }
        }
        _ => {
            if !is_subdomain(name) {
                errors.invalid("metadata.name", format!("\"{name}\""), SUBDOMAIN);
            } else if name.len() > 253 {
                errors.invalid("metadata.name", format!("\"{name}\""), "must be no more than 253 characters");
            }
        }
    }
}

/// Keys and values of a label map.
pub fn labels(labels: &std::collections::BTreeMap<String, String>, path: &str, errors: &mut FieldErrors) {
    for (key, value) in labels {
        let part = key.rsplit_once('/').map_or(key.as_str(), |(_, part)| part);
        if !is_name_part(part) {
            errors.invalid(path, format!("\"{key}\""), QUALIFIED);
        }
        if value.len() > 63 {
            errors.invalid(path, format!("\"{value}\""), "must be no more than 63 bytes");
        } else if !value.is_empty() && !is_name_part(value) {
            errors.invalid(path, format!("\"{value}\""), LABEL_VALUE);
        }
    }
}

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

pub fn is_dns1035(text: &str) -> bool {
    is_label(text) && text.as_bytes()[0].is_ascii_lowercase()
}

pub fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes[0].is_ascii_alphanumeric()
        && bytes[bytes.len() - 1].is_ascii_alphanumeric()
        && bytes.iter().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(c))
}
