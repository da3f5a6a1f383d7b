//! Requests and limits.

use super::{check, quoted, text};
use crate::api::errors::FieldErrors;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

pub fn validate(resources: &ResourceRequirements, path: &str, errors: &mut FieldErrors) {
    let none = BTreeMap::new();
    let limits = resources.limits.as_ref().unwrap_or(&none);
    let requests = resources.requests.as_ref().unwrap_or(&none);
    for (name, quantity) in limits {
        one(name, quantity, &format!("{path}.limits"), errors);
    }
    for (name, quantity) in requests {
        one(name, quantity, &format!("{path}.requests"), errors);
        let overcommit = !name.contains('/') && !name.starts_with("hugepages-");
        let Some(limit) = limits.get(name) else {
            if !overcommit {
                errors.required(format!("{path}.limits"), "Limit must be set for non overcommitable resources");
            }
            continue;
        };
        let (Some(request), Some(most)) = (nano(quantity), nano(limit)) else { continue };
        if !overcommit && request != most {
            let why = format!("must be equal to {name} limit of {}", limit.0);
            errors.invalid(format!("{path}.requests"), quoted(&quantity.0), &why);
        } else if request > most {
            let why = format!("must be less than or equal to {name} limit of {}", limit.0);
            errors.invalid(format!("{path}.requests"), quoted(&quantity.0), &why);
        }
    }
    let mut names = limits.keys().chain(requests.keys());
    let huge = names.clone().any(|name| name.starts_with("hugepages-"));
    if huge && !names.any(|name| name == "cpu" || name == "memory") {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
}

fn one(name: &str, quantity: &Quantity, path: &str, errors: &mut FieldErrors) {
    let path = format!("{path}[{name}]");
    let malformed = text::qualified_name(name);
    let standard = ["cpu", "memory", "ephemeral-storage"].contains(&name) || name.starts_with("hugepages-");
    if !malformed.is_empty() {
        check(errors, path.clone(), name, malformed);
    } else if !name.contains('/') && !standard {
        // Names that a quota may have are known, too.
        let known = ["storage", "pods", "services", "secrets", "configmaps", "persistentvolumeclaims"].contains(&name)
            || name.starts_with("requests.")
            || name.starts_with("limits.");
        if !known {
            errors.invalid(path.clone(), quoted(name), "must be a standard resource type or fully qualified");
        }
        errors.invalid(path.clone(), quoted(name), "must be a standard resource for containers");
    } else if name.starts_with("requests.") {
        errors.invalid(path.clone(), quoted(name), "doesn't follow extended resource name standard");
    }
    let Some(value) = nano(quantity) else { return };
    if value < 0 {
        errors.invalid(path.clone(), quoted(&quantity.0), "must be greater than or equal to 0");
    }
    if name.contains('/') && !name.contains("kubernetes.io/") && value % 1_000_000_000 != 0 {
        errors.invalid(path.clone(), quoted(&quantity.0), "must be an integer");
    }
    if let Some(size) = name.strip_prefix("hugepages-").and_then(|size| nano(&Quantity(size.into())))
        && size > 0
        && (value % size != 0 || value <= 0)
    {
        let why = format!("{} is not positive integer multiple of {name}", quantity.0);
        errors.invalid(path, quoted(&quantity.0), &why);
    }
}

/// A quantity in billionths.
fn nano(quantity: &Quantity) -> Option<i128> {
    let text = quantity.0.as_str();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let negative = whole.starts_with('-');
    let whole: i128 =
        whole.trim_start_matches(['+', '-']).parse().or_else(|e| if whole.is_empty() { Ok(0) } else { Err(e) }).ok()?;
    let digits: String = format!("{part:0<9}").chars().take(9).collect();
    let value = whole.checked_mul(1_000_000_000)?.checked_add(digits.parse().ok()?)?;
    let scaled = match suffix {
        "" => value,
        "n" => value / 1_000_000_000,
        "u" => value / 1_000_000,
        "m" => value / 1000,
        "k" => value.checked_mul(1000)?,
        "M" => value.checked_mul(1_000_000)?,
        "G" => value.checked_mul(1_000_000_000)?,
        "T" => value.checked_mul(1_000_000_000_000)?,
        "P" => value.checked_mul(1_000_000_000_000_000)?,
        "Ki" => value.checked_mul(1 << 10)?,
        "Mi" => value.checked_mul(1 << 20)?,
        "Gi" => value.checked_mul(1 << 30)?,
        "Ti" => value.checked_mul(1 << 40)?,
        "Pi" => value.checked_mul(1 << 50)?,
        other => {
            let power: u32 = other.strip_prefix(['e', 'E'])?.parse().ok()?;
            value.checked_mul(10i128.checked_pow(power)?)?
        }
    };
    Some(if negative { -scaled } else { scaled })
}
