//! The formats of texts and numbers in a schema.
//!
//! Models: `kube-openapi/pkg/validation/strfmt`, `apiextensions-apiserver/pkg/apiserver/validation/formats.go`.
//! Left out: see [`fits`]; a text in a format that is not checked fits.

use super::schema::Schema;
use crate::api::validation::text;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const TEXTS: &[&str] = &[
    "bsonobjectid",
    "uri",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "ssn",
    "hexcolor",
    "rgbcolor",
    "byte",
    "password",
    "date",
    "duration",
    "datetime",
    "k8sshortname",
    "k8slongname",
];

/// The format of a schema without its dashes, if the server knows it; else nothing.
pub fn known(schema: &Schema) -> &str {
    let format = schema.format.as_str();
    let fits = match schema.types().as_slice() {
        ["integer"] => ["int32", "int64"].contains(&format),
        ["number"] => ["float", "double"].contains(&format),
        [] | ["string"] => return TEXTS.iter().find(|known| **known == format.replace('-', "")).copied().unwrap_or(""),
        _ => false,
    };
    if fits { format } else { "" }
}

/// Whether the server would warn of a format that it does not know.
pub fn unknown(schema: &Schema) -> bool {
    !schema.format.is_empty() && known(schema).is_empty() && !schema.int_or_string
}

/// Whether a text has a format.
pub fn fits(format: &str, value: &str) -> bool {
    let hex = |count: usize| value.len() == count && value.bytes().all(|c| c.is_ascii_hexdigit());
    match format {
        "datetime" => is_time(value),
        "date" => is_date(value),
        "email" => value.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && !host.contains('@') && !value.contains(char::is_whitespace)
        }),
        "hostname" => {
            value.len() <= 255
                && !value.is_empty()
                && value.trim_end_matches('.').split('.').all(|part| text::is_label(&part.to_ascii_lowercase()))
        }
        "ipv4" => value.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => value.parse::<Ipv6Addr>().is_ok(),
        "cidr" => value.split_once('/').is_some_and(|(address, bits)| {
            let most = match address.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => 32,
                Ok(IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        }),
        "mac" => {
            value.split([':', '-']).count() == 6
                && value.split([':', '-']).all(|part| part.len() == 2 && part.bytes().all(|c| c.is_ascii_hexdigit()))
        }
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            let bare = value.replace('-', "");
            let version = format.strip_prefix("uuid").unwrap_or("");
            bare.len() == 32
                && bare.bytes().all(|c| c.is_ascii_hexdigit())
                && (version.is_empty() || bare[12..].starts_with(version))
        }
        "uri" => {
            value.starts_with('/')
                || value.split_once(':').is_some_and(|(scheme, rest)| {
                    let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                    !rest.is_empty()
                        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                        && scheme.chars().all(word)
                        && !value.contains(' ')
                })
        }
        "hexcolor" => {
            let bare = value.strip_prefix('#').unwrap_or(value);
            [3, 6].contains(&bare.len()) && bare.bytes().all(|c| c.is_ascii_hexdigit())
        }
        "byte" => {
            let body = value.trim_end_matches('=');
            value.len().is_multiple_of(4)
                && value.len() - body.len() <= 2
                && body.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/')
        }
        "duration" => crate::base::age::parse(value).is_ok() || worded_duration(value),
        "bsonobjectid" => hex(24),
        "k8sshortname" => text::label(value).is_empty(),
        "k8slongname" => text::subdomain(value).is_empty(),
        _ => true,
    }
}

/// `5 minutes`, `1 d`.
fn worded_duration(value: &str) -> bool {
    const UNITS: &[&str] = &["ns", "us", "ms", "s", "m", "h", "d", "w", "second", "minute", "hour", "day", "week"];
    let digits = value.chars().take_while(|c| c.is_ascii_digit() || *c == '.').count();
    let unit = value[digits..].trim();
    digits > 0 && (UNITS.contains(&unit) || UNITS.contains(&unit.trim_end_matches('s')))
}

fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
}

/// As Go reads a time: a date, then hours, minutes, perhaps seconds, and a zone.
fn is_time(value: &str) -> bool {
    let lower = value.to_ascii_uppercase();
    value.len() >= 16
        && (lower.parse::<jiff::Timestamp>().is_ok() || format!("{lower}Z").parse::<jiff::Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn texts_have_their_format_or_not() {
        for (format, good, bad) in [
            ("datetime", "2026-09-01T09:00:00Z", "2026-09-01"),
            ("date", "2026-09-01", "2026-13-01"),
            ("email", "a@b.c", "a.b.c"),
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
            ("uri", "https://a.b/c", "not a uri"),
            ("byte", "aGVsbG8=", "a"),
            ("duration", "1h30m", "soon"),
            ("hostname", "a.example.com", "a_b"),
        ] {
            assert!(fits(format, good), "{format} {good}");
            assert!(!fits(format, bad), "{format} {bad}");
        }
    }
}
