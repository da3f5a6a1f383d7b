//! What stands behind the `?` of a list: selectors, chunks, watches.
//!
//! Models: `apimachinery/pkg/apis/meta/internalversion/types.go` (`ListOptions`), `apiserver/pkg/storage/continue.go`,
//! `apiserver/pkg/endpoints/handlers/get.go`.
//! Left out: a watch ends with what has happened so far; bookmarks; `resourceVersionMatch`; the Table form of a list. A chunk is
//! cut from the list as it is now, not as it was at its first chunk.

use super::errors::{ApiError, Reason};
use super::fields::Fields;
use super::kind::KindRef;
use super::object::Object;
use super::rest::list_of;
use super::selector::Selector;
use super::server::Reader;
use crate::base::base64;
use crate::store::Revision;
use serde_json::{Value, json};

/// The options of a list or a watch.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub labels: String,
    pub fields: String,
    /// 0 is no limit.
    pub limit: usize,
    pub token: String,
    pub watch: bool,
    pub revision: String,
}

impl Query {
    /// From a path with its query.
    pub fn of(path: &str) -> Query {
        let mut query = Query::default();
        let text = path.split_once('?').map_or("", |(_, text)| text);
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = plain(value);
            match name {
                "labelSelector" => query.labels = value,
                "fieldSelector" => query.fields = value,
                "limit" => query.limit = value.parse().unwrap_or(0),
                "continue" => query.token = value,
                "watch" => query.watch = matches!(value.as_str(), "1" | "true"),
                "resourceVersion" => query.revision = value,
                _ => {}
            }
        }
        query
    }

    /// What is listed or, for a watch, what has changed: one event a line.
    ///
    /// # Errors
    /// BadRequest for what cannot be read, Expired for a place in history that is gone.
    pub fn answer<'a>(
        &self,
        kind: KindRef,
        namespace: Option<&'a str>,
        read: Reader<'a>,
    ) -> Result<Vec<Value>, ApiError> {
        let labels = Selector::parse(&self.labels).map_err(ApiError::bad_request)?;
        let fields = Fields::parse(&self.fields).and_then(|fields| fields.check(kind).map(|()| fields));
        let fields = fields.map_err(ApiError::bad_request)?;
        let fits = |object: &Object| {
            namespace.is_none_or(|namespace| object.namespace() == namespace)
                && labels.matches(object.labels())
                && fields.matches(object)
        };
        if self.watch {
            return self.changes(kind, &fits, read);
        }
        let after = if self.token.is_empty() { None } else { Some(place(&self.token, read)?) };
        let key = |object: &Object| match namespace {
            None if kind.names().namespaced => format!("{}/{}", object.namespace(), object.name()),
            _ => object.name().to_string(),
        };
        let all = read.list(kind, namespace).filter(|object| fits(object));
        let mut rest = all.filter(|object| after.as_ref().is_none_or(|(_, after)| key(object) > *after)).peekable();
        let most = if self.limit == 0 { usize::MAX } else { self.limit };
        let chunk: Vec<&Object> = rest.by_ref().take(most).collect();
        let mut list = list_of(kind, chunk.iter().copied(), read);
        if let (Some(_), Some(last)) = (rest.peek(), chunk.last()) {
            let revision = after.as_ref().map_or(read.revision().0, |(revision, _)| *revision);
            let token = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": format!("{}\u{0}", key(last))});
            let token = base64::encode(token.to_string().as_bytes()).replace('+', "-").replace('/', "_");
            list["metadata"]["continue"] = token.trim_end_matches('=').into();
            if self.labels.is_empty() && self.fields.is_empty() {
                list["metadata"]["remainingItemCount"] = rest.count().into();
            }
        }
        Ok(vec![list])
    }

    fn changes(&self, kind: KindRef, fits: &dyn Fn(&Object) -> bool, read: Reader<'_>) -> Result<Vec<Value>, ApiError> {
        let event =
            |what: &str, object: &Object| json!({"type": what, "object": object.seen_as(kind).to_wire_managed()});
        if matches!(self.revision.as_str(), "" | "0") {
            return Ok(read
                .list(kind, None)
                .filter(|object| fits(object))
                .map(|object| event("ADDED", object))
                .collect());
        }
        let Ok(revision) = self.revision.parse() else {
            let words = format!(
                "resourceVersion: Invalid value: \"{}\": strconv.ParseUint: parsing \"{0}\": invalid syntax",
                self.revision
            );
            return Err(ApiError::new(Reason::Invalid, words));
        };
        let Some(changes) = read.since(Revision(revision)) else {
            let words = format!("too old resource version: {revision} ({})", read.revision().0);
            let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": words, "reason": "Expired", "code": 410});
            return Ok(vec![json!({"type": "ERROR", "object": status})]);
        };
        let of_kind = changes.filter(|change| change.key.resource == kind.names().resource);
        let told = of_kind.filter_map(|change| {
            let (old, new) = (change.old.as_ref().filter(|o| fits(o)), change.new.as_ref().filter(|o| fits(o)));
            match (old, new) {
                (None, Some(new)) => Some(event("ADDED", new)),
                (Some(_), Some(new)) => Some(event("MODIFIED", new)),
                (Some(old), None) => Some(event("DELETED", old)),
                (None, None) => None,
            }
        });
        Ok(told.collect())
    }
}

/// Where a chunk begins: the revision of the first one, and the object it comes after.
fn place(token: &str, read: Reader<'_>) -> Result<(u64, String), ApiError> {
    let (bytes, good) = base64::decode(token.replace('-', "+").replace('_', "/").as_bytes(), false);
    let wrong =
        || ApiError::bad_request("continue key is not valid: illegal base64 data or no continue token".to_string());
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let (Some(revision), Some(start)) = (value["rv"].as_u64(), value["start"].as_str()) else { return Err(wrong()) };
    if !good && bytes.is_empty() {
        return Err(wrong());
    }
    if read.since(Revision(revision)).is_none() {
        let words = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";
        return Err(ApiError::new(Reason::Expired, words));
    }
    Ok((revision, start.trim_end_matches('\u{0}').to_string()))
}

/// A part of a query without its escapes.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
