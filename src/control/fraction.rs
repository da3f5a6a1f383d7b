//! A number or a percentage of another, and the hash of a pod template.
//!
//! Models: `apimachinery/pkg/util/intstr`, `pkg/controller/controller_utils.go` (`ComputeHash`), `apimachinery/pkg/util/rand`.
//! Left out: the real hash runs over Go's dump of the structure; ours runs over its JSON, so the digits differ.

use crate::base::hash;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// `25%` or `2` of a total; an unreadable percentage is 0.
pub fn of(value: &IntOrString, total: i32, round_up: bool) -> i32 {
    match value {
        IntOrString::Int(number) => *number,
        IntOrString::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let hundredths = percent * i64::from(total);
            let whole = if round_up { (hundredths + 99).div_euclid(100) } else { hundredths.div_euclid(100) };
            whole as i32
        }
    }
}

/// The hash of a template as it stands in names and labels: up to ten of the characters that names are made of.
pub fn template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let json = serde_json::to_string(template).expect("a template is always JSON");
    hash::short_name(json.as_bytes(), collisions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surge_rounds_up_and_unavailable_rounds_down() {
        let quarter = IntOrString::String("25%".into());
        assert_eq!((of(&quarter, 10, true), of(&quarter, 10, false)), (3, 2));
        assert_eq!(of(&IntOrString::Int(4), 10, true), 4);
    }
}
