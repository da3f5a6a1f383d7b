//! `kubectl describe` of CertificateSigningRequests.
//!
//! Models: `describeCertificateSigningRequest` of `kubectl/pkg/describe/describe.go`.
//! Left out: alternative names.

use super::cell;
use super::report::{Report, long_time};
use crate::api::kinds::plain;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::signing;
use crate::base::age;
use crate::time::Time;

pub fn request(object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
    let text = |field: &str| plain::text(object, &["spec", field]);
    out.line(0, format_args!("Name:\t{}", object.name()));
    out.line(0, format_args!("Labels:\t{}", cell::map(object.meta.labels.as_ref())));
    out.line(0, format_args!("Annotations:\t{}", cell::map(object.meta.annotations.as_ref())));
    if let Some(created) = &object.meta.creation_timestamp {
        out.line(0, format_args!("CreationTimestamp:\t{}", long_time(created)));
    }
    out.line(0, format_args!("Requesting User:\t{}", text("username")));
    if !text("signerName").is_empty() {
        out.line(0, format_args!("Signer:\t{}", text("signerName")));
    }
    if let Some(seconds) = plain::at(object, &["spec", "expirationSeconds"]).and_then(serde_json::Value::as_u64) {
        out.line(0, format_args!("Requested Duration:\t{}", age::human(seconds)));
    }
    out.line(0, format_args!("Status:\t{}", signing::state(object)));
    let subject = signing::subject(object).unwrap_or_default();
    let of = |short: &str| -> Vec<&str> {
        subject.iter().filter(|(name, _)| *name == short).map(|(_, value)| value.as_str()).collect()
    };
    out.line(0, "Subject:");
    out.raw(format_args!("\tCommon Name:\t{}\n\tSerial Number:\t\n", of("CN").last().copied().unwrap_or("")));
    for (title, short) in
        [("Organization", "O"), ("Organizational Unit", "OU"), ("Country", "C"), ("Locality", "L"), ("Province", "ST")]
    {
        let values = of(short);
        if !values.is_empty() {
            out.raw(format_args!("\t{title}:\t{}\n", values.join("\n\t\t")));
        }
    }
    out.events_of(object, read, now);
}
