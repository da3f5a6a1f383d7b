//! What a caller shows to be known: tokens of service accounts and client certificates, and who they stand for.
//!
//! Models: `pkg/serviceaccount` (claims.go, jwt.go), `apiserver/pkg/authentication/request/x509`.
//! Left out: cryptography (a signature is a hash that only this cluster makes), bootstrap tokens; a certificate is a text
//! instead of DER.

use super::kinds;
use super::object::Object;
use super::server::Reader;
use super::user::{AUTHENTICATED, User};
use crate::base::{base64, der};
use crate::time::Time;
use serde_json::{Map, Value, json};

/// Who issues tokens, and for whom when nobody else is named.
pub const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";
/// The client certificate in the kubeconfig of the administrator.
pub const ADMIN: &str = "UGlsb3Rob3VzZQ==";

/// A token that is wanted.
pub struct Order<'a> {
    pub account: &'a Object,
    /// Empty: the API server itself.
    pub audiences: &'a [String],
    pub seconds: u64,
    /// Pod, node or secret without which the token is worth nothing.
    pub bound: &'a [&'a Object],
    /// Its number.
    pub id: &'a str,
}

/// Issues a token.
pub fn token(order: &Order<'_>, read: Reader<'_>, now: Time) -> String {
    let (account, issued) = (order.account, now.timestamp().as_second());
    let about = |object: &Object| json!({ "name": object.name(), "uid": object.uid() });
    let mut private = Map::from_iter([
        ("namespace".to_string(), account.namespace().into()),
        ("serviceaccount".to_string(), about(account)),
    ]);
    for object in order.bound {
        private.insert(object.kind.names().singular.into(), about(object));
    }
    let audiences = if order.audiences.is_empty() { json!([ISSUER]) } else { json!(order.audiences) };
    let claims = json!({
        "aud": audiences,
        "exp": issued + order.seconds as i64,
        "iat": issued,
        "iss": ISSUER,
        "jti": order.id,
        "kubernetes.io": private,
        "nbf": issued,
        "sub": format!("system:serviceaccount:{}:{}", account.namespace(), account.name()),
    });
    signed(&claims, read)
}

/// The token that a Secret of an account holds: for the API server, without an end.
pub fn lasting_token(account: &Object, secret: &Object, read: Reader<'_>) -> String {
    let claims = json!({
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": account.namespace(),
        "kubernetes.io/serviceaccount/secret.name": secret.name(),
        "kubernetes.io/serviceaccount/service-account.name": account.name(),
        "kubernetes.io/serviceaccount/service-account.uid": account.uid(),
        "sub": format!("system:serviceaccount:{}:{}", account.namespace(), account.name()),
    });
    signed(&claims, read)
}

fn signed(claims: &Value, read: Reader<'_>) -> String {
    let key = key(read);
    let header = json!({ "alg": "RS256", "kid": seal(key, "the key's own name", 43) });
    let text = format!("{}.{}", url_safe(header.to_string().as_bytes()), url_safe(claims.to_string().as_bytes()));
    let signature = seal(key, &text, 342);
    format!("{text}.{signature}")
}

/// Whose lasting token this is.
fn of_lasting(claims: &Value, read: Reader<'_>) -> Option<User> {
    let text = |field: &str| claims[format!("kubernetes.io/serviceaccount/{field}")].as_str();
    let namespace = text("namespace")?;
    read.get(kinds::SECRET, namespace, text("secret.name")?)?;
    let account = read.get(kinds::SERVICE_ACCOUNT, namespace, text("service-account.name")?)?;
    let uid = text("service-account.uid")?;
    let user = User { uid: uid.into(), ..User::named(claims["sub"].as_str()?) };
    (account.uid() == uid).then_some(user)
}

/// Whose token this is; `None` for one that is forged, too old, for others, or of what is no longer there.
pub fn of_token(token: &str, read: Reader<'_>, now: Time) -> Option<User> {
    let (text, signature) = token.trim().rsplit_once('.')?;
    if seal(key(read), text, 342) != signature {
        return None;
    }
    let claims: Value = serde_json::from_slice(&from_url_safe(text.split_once('.')?.1)).ok()?;
    if claims["iss"] != ISSUER {
        return of_lasting(&claims, read);
    }
    let here = claims["aud"].as_array()?.iter().any(|audience| audience == ISSUER);
    if !here || claims["exp"].as_i64()? <= now.timestamp().as_second() {
        return None;
    }
    let private = claims["kubernetes.io"].as_object()?;
    let namespace = private["namespace"].as_str()?;
    let mut user = User::named(claims["sub"].as_str()?);
    for (what, kind) in [
        ("serviceaccount", kinds::SERVICE_ACCOUNT),
        ("pod", kinds::POD),
        ("node", kinds::NODE),
        ("secret", kinds::SECRET),
    ] {
        let Some(about) = private.get(what) else { continue };
        let (name, uid) = (about["name"].as_str()?, about["uid"].as_str()?);
        let namespace = if kind.names().namespaced { namespace } else { "" };
        if read.get(kind, namespace, name).is_none_or(|object| object.uid() != uid) {
            return None;
        }
        match what {
            "serviceaccount" => user.uid = uid.into(),
            "secret" => {}
            _ => {
                for (field, value) in [("name", name), ("uid", uid)] {
                    user.extra.insert(format!("authentication.kubernetes.io/{what}-{field}"), vec![value.into()]);
                }
            }
        }
    }
    user.extra.insert(CREDENTIAL.into(), vec![format!("JTI={}", claims["jti"].as_str()?)]);
    Some(user)
}

/// Issues a client certificate (PEM).
pub fn certificate(name: &str, groups: &[String], until: Time, read: Reader<'_>) -> String {
    let mut text = format!("notAfter={}\nCN={name}\n", until.timestamp().as_second());
    for group in groups {
        text += &format!("O={group}\n");
    }
    let signature = seal(key(read), &text, 86);
    der::pem("CERTIFICATE", format!("{text}{signature}").as_bytes())
}

/// Whose certificate this is (`client-certificate-data`: the PEM once more in base64).
pub fn of_certificate(data: &str, read: Reader<'_>, now: Time) -> Option<User> {
    let mut user = if data == ADMIN { User::admin() } else { holder(data, read, now)? };
    let number: String = seal(1, data, 32).bytes().map(|byte| format!("{byte:02x}")).collect();
    user.extra.insert(CREDENTIAL.into(), vec![format!("X509SHA256={number}")]);
    Some(user)
}

fn holder(data: &str, read: Reader<'_>, now: Time) -> Option<User> {
    let (bytes, _) = base64::decode(data.as_bytes(), true);
    let bytes = der::from_pem("CERTIFICATE", &String::from_utf8(bytes).ok()?)?;
    let text = String::from_utf8(bytes).ok()?;
    let (body, signature) = text.rsplit_once('\n')?;
    let body = format!("{body}\n");
    if seal(key(read), &body, 86) != signature {
        return None;
    }
    let mut user = User::default();
    for (field, value) in body.lines().filter_map(|line| line.split_once('=')) {
        match field {
            "notAfter" if value.parse::<i64>().is_ok_and(|end| end > now.timestamp().as_second()) => {}
            "notAfter" => return None,
            "CN" => user.name = value.into(),
            _ => user.groups.push(value.into()),
        }
    }
    user.groups.push(AUTHENTICATED.into());
    Some(user)
}

/// What only this cluster knows.
fn key(read: Reader<'_>) -> u64 {
    read.get(kinds::NAMESPACE, "", "kube-system").map_or(0, |namespace| hash(0, namespace.uid()))
}

/// FNV-1a, 64 bits.
fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A number in the form of a UUID, always the same for a text.
pub fn number(text: &str) -> String {
    let (a, b) = (hash(1, text), hash(2, text));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        (b >> 48 & 0x3fff) | 0x8000,
        b & 0xffff_ffff_ffff
    )
}

/// A text's signature, `length` letters long.
fn seal(key: u64, text: &str, length: usize) -> String {
    let mut state = hash(key, text);
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 58) as u8
    });
    let letter = |n: u8| match n {
        0..26 => b'A' + n,
        26..52 => b'a' + n - 26,
        52..62 => b'0' + n - 52,
        62 => b'-',
        _ => b'_',
    };
    letters.take(length).map(|n| char::from(letter(n))).collect()
}

fn url_safe(bytes: &[u8]) -> String {
    base64::encode(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_string()
}

fn from_url_safe(text: &str) -> Vec<u8> {
    base64::decode(text.replace('-', "+").replace('_', "/").as_bytes(), true).0
}
