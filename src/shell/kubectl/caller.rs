//! Who makes the requests of a call: the credentials of the kubeconfig, and whom `--as` plays.
//!
//! Models: `client-go/tools/clientcmd/client_config.go`, `apiserver/pkg/endpoints/filters/impersonation.go`.
//! Left out: credential plugins, prompts for a user name; a certificate's chain is not checked.

use super::kubeconfig::User as Credentials;
use super::{Args, Cx, Failure, Spec};
use crate::api::authorize::{self, Ask};
use crate::api::{User, credentials};

/// Finds out who calls.
///
/// # Errors
/// kubectl's words for credentials that are missing, the server's for those that do not hold and for an impersonation
/// that is not allowed.
pub fn identify(args: &Args, spec: &Spec, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let real = authenticate(args, spec, cx)?;
    let groups = args.all("as-group");
    let extra = args.all("as-user-extra");
    let Some(name) = args.given("as").filter(|name| !name.is_empty()) else {
        if !groups.is_empty() || !extra.is_empty() || args.given("as-uid").is_some_and(|uid| !uid.is_empty()) {
            let who = cx.config.context().map(|context| context.user.clone()).unwrap_or_default();
            return Err(Failure::error(format!(
                "invalid configuration: requesting uid, groups or user-extra for {who} without impersonating a user"
            )));
        }
        cx.config.caller = real.into();
        return Ok(());
    };
    let mut played = User::impersonated(name, groups.clone());
    played.uid = args.given("as-uid").unwrap_or("").to_string();
    let check = |group: &str, resource: &str, sub: &str, namespace: &str, name: &str| {
        let ask = Ask { verb: "impersonate", group, resource, sub, namespace, name, ..Ask::default() };
        authorize::check(&real, &ask, cx.world.reader())
    };
    match name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
        Some((namespace, name)) => check("", "serviceaccounts", "", namespace, name)?,
        None => check("", "users", "", "", name)?,
    }
    for group in &groups {
        check("", "groups", "", "", group)?;
    }
    const AUTHENTICATION: &str = "authentication.k8s.io";
    for pair in &extra {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::error(format!("invalid user extra: {pair}, expected key=value")));
        };
        check(AUTHENTICATION, "userextras", key, "", value)?;
        played.extra.entry(key.into()).or_default().push(value.into());
    }
    if !played.uid.is_empty() {
        check(AUTHENTICATION, "uids", "", "", &played.uid)?;
    }
    cx.config.caller = played.into();
    Ok(())
}

/// Whose credentials the call uses.
fn authenticate(args: &Args, spec: &Spec, cx: &mut Cx<'_>) -> Result<User, Failure> {
    let config = &cx.config;
    // `--user` of a verb (`create rolebinding`) is not the one of every verb.
    let own = |flag: &str| spec.flags.iter().flat_map(|table| table.iter()).any(|known| known.name == flag);
    let given = |flag: &str| args.given(flag).filter(|text| !text.is_empty() && !own(flag));
    let asked = given("user");
    let name = asked.or(config.context().map(|context| context.user.as_str())).unwrap_or("").to_string();
    let found = config.users.iter().find(|entry| entry.name == name).map(|entry| entry.user.clone());
    if found.is_none() && asked.is_some() {
        return Err(Failure::error(format!("auth info \"{name}\" does not exist")));
    }
    let mut shown = found.unwrap_or_default();
    if let Some(token) = given("token") {
        shown = Credentials { token: token.into(), ..Credentials::default() };
    }
    if let Some(file) = given("client-certificate") {
        shown.certificate_file = file.into();
    }
    if !shown.certificate_file.is_empty() {
        let path = shown.certificate_file.clone();
        let bytes = cx.desk.read(&path).map_err(|why| {
            Failure::error(format!(
                "invalid configuration: unable to read client-cert {path} for {name} due to open {path}: {why}"
            ))
        })?;
        shown.certificate = crate::base::base64::encode(&bytes);
    }
    // A password opens nothing here.
    if shown.certificate.is_empty() && shown.token.is_empty() && !shown.username.is_empty() {
        shown.token = "password".into();
    }
    // A client certificate is shown first, and then the token is not looked at.
    let api = cx.world.reader();
    let user = match (shown.certificate.as_str(), shown.token.as_str()) {
        ("", "") => return Err(Failure::plain("Please enter Username: error: EOF")),
        ("", token) => credentials::of_token(token, api, cx.now()),
        (certificate, _) => credentials::of_certificate(certificate, api, cx.now()),
    };
    user.ok_or_else(|| Failure::error("You must be logged in to the server (Unauthorized)"))
}
