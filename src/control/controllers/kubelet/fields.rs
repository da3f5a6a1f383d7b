//! Fields of the pod that its containers may ask for: the downward API.
//!
//! Models: `pkg/fieldpath`, `pkg/api/v1/resource/helpers.go`.

use super::worker::Look;
use k8s_openapi::api::core::v1::{Container, ResourceFieldSelector};
use std::collections::BTreeMap;

impl Look<'_, '_> {
    /// The value of `metadata.name`, `metadata.labels['app']`, `status.podIP` ...
    ///
    /// # Errors
    /// For a field that may not be asked for.
    pub fn field(&mut self, path: &str) -> Result<String, String> {
        let object = self.object.clone();
        let part = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned().unwrap_or_default();
        if let Some((field, rest)) = path.split_once("['") {
            let key = rest.trim_end_matches("']");
            return match field {
                "metadata.labels" => Ok(part(object.labels(), key)),
                "metadata.annotations" => Ok(part(object.annotations(), key)),
                _ => Err(format!("unsupported fieldPath: {path}")),
            };
        }
        let host = self.machine().address.clone();
        let address =
            self.pod.sandbox.as_ref().map(|s| if s.host_network { host.clone() } else { s.address.to_string() });
        Ok(match path {
            "metadata.name" => object.name().into(),
            "metadata.namespace" => object.namespace().into(),
            "metadata.uid" => object.uid().into(),
            "metadata.labels" => lines(object.labels()),
            "metadata.annotations" => lines(object.annotations()),
            "spec.nodeName" => self.node.to_string(),
            "spec.serviceAccountName" => self.spec().service_account_name.clone().unwrap_or_default(),
            "status.hostIP" | "status.hostIPs" => host,
            "status.podIP" | "status.podIPs" => address.unwrap_or_default(),
            _ => return Err(format!("unsupported fieldPath: {path}")),
        })
    }
}

fn lines(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(key, value)| format!("{key}={value:?}")).collect::<Vec<_>>().join("\n")
}

/// A container's request or limit in units of the divisor; without a limit, what the machine has.
///
/// # Errors
/// For a resource that may not be asked for.
pub(super) fn resource(
    container: &Container,
    field: &ResourceFieldSelector,
    cpu: u32,
    memory: u64,
) -> Result<String, String> {
    let (what, name) = field.resource.split_once('.').unwrap_or((&field.resource, ""));
    let resources = container.resources.as_ref();
    let list = match what {
        "limits" => resources.and_then(|r| r.limits.as_ref()),
        "requests" => resources.and_then(|r| r.requests.as_ref()),
        _ => return Err(format!("unsupported container resource : {}", field.resource)),
    };
    let value = list.and_then(|list| list.get(name)).and_then(|quantity| milli(&quantity.0));
    let whole = match name {
        "cpu" => i128::from(cpu) * 1000,
        "memory" => i128::from(memory) * (1 << 20) * 1000,
        "ephemeral-storage" => 100 * (1 << 30) * 1000,
        _ => 0,
    };
    let value = value.unwrap_or(if what == "limits" { whole } else { 0 });
    let divisor = field.divisor.as_ref().and_then(|q| milli(&q.0)).filter(|d| *d > 0).unwrap_or(1000);
    Ok(((value + divisor - 1) / divisor).to_string())
}

/// A quantity in whole units, rounded up.
pub(super) fn number(text: &str) -> Option<i64> {
    milli(text).and_then(|m| i64::try_from((m + 999) / 1000).ok())
}

/// A quantity in thousandths: `100m`, `1.5`, `64Mi`, `1G`.
pub(super) fn milli(text: &str) -> Option<i128> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale: i128 = match &text[digits.len()..] {
        "m" => 1,
        "" => 1000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "T" => 1_000_000_000_000_000,
        "Ki" => 1000 << 10,
        "Mi" => 1000 << 20,
        "Gi" => 1000 << 30,
        "Ti" => 1000 << 40,
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(whole * scale + fraction.parse::<i128>().ok()? * scale / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        assert_eq!(number("64Mi"), Some(67_108_864));
        assert_eq!((number("1500m"), number("1.5")), (Some(2), Some(2)));
        assert_eq!(milli("250m"), Some(250));
    }
}
