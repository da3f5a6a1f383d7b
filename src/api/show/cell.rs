//! Cells that several kinds share.
//!
//! Models: `pkg/printers/internalversion/printers.go`.

use crate::api::kind::{self, Column};
use crate::api::object::Object;
use crate::api::selector::Selector;
use crate::base::age;
use crate::time::Time;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time as MetaTime};
use std::collections::BTreeMap;

/// A column that is always shown.
pub const fn column(title: &'static str, cell: fn(&Object, Time) -> String) -> Column {
    Column { title, wide: false, cell }
}

/// A column of `-o wide`.
pub const fn wide(title: &'static str, cell: fn(&Object, Time) -> String) -> Column {
    Column { title, wide: true, cell }
}

pub const NAME: Column = column("NAME", |object, _| object.name().into());
pub const AGE: Column = column("AGE", kind::age);
pub const CONTAINERS: Column = wide("CONTAINERS", |object, _| containers(object).0);
pub const IMAGES: Column = wide("IMAGES", |object, _| containers(object).1);
pub const SELECTOR: Column = wide("SELECTOR", |object, _| {
    object.kind.selector(object).map_or_else(|| "<none>".into(), |s| selector_text(&Selector::of(Some(&s))))
});

/// How long ago, or `<unknown>`.
pub fn since(moment: Option<&MetaTime>, now: Time) -> String {
    moment.map_or_else(|| "<unknown>".into(), |t| since_exact(t.0, now))
}

/// As [`since`], for the finer time stamps.
pub fn since_micro(moment: Option<&MicroTime>, now: Time) -> String {
    moment.map_or_else(|| "<unknown>".into(), |t| since_exact(t.0, now))
}

/// As [`since`], for a moment that is known.
pub fn since_exact(moment: jiff::Timestamp, now: Time) -> String {
    let seconds = now.timestamp_exact().as_second() - moment.as_second();
    if seconds < -1 { "<invalid>".into() } else { age::human(seconds.max(0) as u64) }
}

/// `a=b,c=d`, or `<none>`.
pub fn map(labels: Option<&BTreeMap<String, String>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => {
            labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
        }
        _ => "<none>".into(),
    }
}

pub fn selector_text(selector: &Selector) -> String {
    if selector.is_empty() { "<none>".into() } else { selector.to_string() }
}

pub fn or_none(text: Option<&str>) -> String {
    text.filter(|t| !t.is_empty()).unwrap_or("<none>").into()
}

/// Names and images of the containers of a pod template.
fn containers(object: &Object) -> (String, String) {
    let spec: Option<&PodSpec> = object.kind.template(object).and_then(|t| t.spec.as_ref());
    let all = spec.map(|s| s.containers.as_slice()).unwrap_or_default();
    let names: Vec<&str> = all.iter().map(|c| c.name.as_str()).collect();
    let images: Vec<&str> = all.iter().map(|c| c.image.as_deref().unwrap_or("")).collect();
    (names.join(","), images.join(","))
}

/// At most three of a list, and how many more there are.
pub fn first_three(all: &[String], none: &str) -> String {
    match all {
        [] => none.into(),
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a},{b},{c} + {} more...", rest.len()),
        all => all.join(","),
    }
}

/// A text that may be missing, or `<unset>`.
pub fn or_unset(text: Option<&str>) -> String {
    text.unwrap_or("<unset>").into()
}

/// `RWO,ROX`: the short forms of access modes, each once, in their fixed order.
pub fn access_modes(modes: Option<&Vec<String>>) -> String {
    const SHORT: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let all: Vec<&str> =
        SHORT.iter().filter(|(mode, _)| modes.into_iter().flatten().any(|m| m == mode)).map(|(_, s)| *s).collect();
    all.join(",")
}

/// The amount of storage in a list of resources; `0` without one.
pub fn storage(amounts: Option<&BTreeMap<String, Quantity>>) -> String {
    amounts.and_then(|all| all.get("storage")).map_or_else(|| "0".into(), |amount| amount.0.clone())
}
