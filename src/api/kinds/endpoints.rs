//! Endpoints.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/endpoints`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::Endpoints;

pub struct EndpointsKind;

static NAMES: Names = Names {
    kind: "Endpoints",
    group: "",
    version: "v1",
    plural: "endpoints",
    singular: "endpoints",
    short: &["ep"],
    namespaced: true,
    categories: &[],
    resource: "endpoints",
};

static COLUMNS: [Column; 3] = [cell::NAME, column("ENDPOINTS", |endpoints, _| listed(endpoints)), cell::AGE];

impl Kind for EndpointsKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::service_describe::endpoints_object(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(Endpoints)
    }
}

/// Nothing at all is `<none>`; addresses that are all not ready are an empty cell.
fn listed(endpoints: &Object) -> String {
    let some = endpoints.spec::<Endpoints>().subsets.as_ref().is_some_and(|subsets| !subsets.is_empty());
    cell::first_three(&addresses(endpoints), if some { "" } else { "<none>" })
}

/// Every ready address with every port.
fn addresses(endpoints: &Object) -> Vec<String> {
    let mut all = vec![];
    for subset in endpoints.spec::<Endpoints>().subsets.iter().flatten() {
        let addresses = subset.addresses.as_deref().unwrap_or_default();
        let ports = subset.ports.as_deref().unwrap_or_default();
        if ports.is_empty() {
            all.extend(addresses.iter().map(|a| a.ip.clone()));
        }
        for port in ports {
            all.extend(addresses.iter().map(|a| format!("{}:{}", a.ip, port.port)));
        }
    }
    all
}
