//! `kubectl certificate approve` and `deny`.
//!
//! Models: `kubectl/pkg/cmd/certificates/certificates.go`.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, manifest};
use crate::api::authorize::Ask;
use crate::api::decode::Check;
use crate::api::kinds::plain::{self, Status};
use crate::api::{KindRef, User, signing};
use crate::control::second;
use serde_json::json;

pub struct Certificate;

/// `approve` or `deny`.
pub struct Judge {
    spec: Spec,
    /// What it sets, what must not be set, and why.
    condition: &'static str,
    against: &'static str,
    reason: &'static str,
    done: &'static str,
}

static FORCE_APPROVE: &[Flag] = &[Flag::bool("force", "Update the CSR even if it is already approved.")];
static FORCE_DENY: &[Flag] = &[Flag::bool("force", "Update the CSR even if it is already denied.")];

static APPROVE: Judge = Judge {
    spec: Spec {
        name: "approve",
        short: "Approve a certificate signing request",
        long: "Approve a certificate signing request.\n\n A signer then issues a certificate with the attributes that were asked for. Look at the request first: whoever holds the certificate is who it says.",
        examples: "# Approve CSR 'csr-sqgzp'\nkubectl certificate approve csr-sqgzp",
        usage: "(-f FILENAME | NAME)",
        flags: &[flags::FILES, flags::OUTPUT, FORCE_APPROVE],
        ..Spec::EMPTY
    },
    condition: "Approved",
    against: "Denied",
    reason: "KubectlApprove",
    done: "approved",
};

static DENY: Judge = Judge {
    spec: Spec {
        name: "deny",
        short: "Deny a certificate signing request",
        long: "Deny a certificate signing request.\n\n No certificate is issued then.",
        examples: "# Deny CSR 'csr-sqgzp'\nkubectl certificate deny csr-sqgzp",
        usage: "(-f FILENAME | NAME)",
        flags: &[flags::FILES, flags::OUTPUT, FORCE_DENY],
        ..Spec::EMPTY
    },
    condition: "Denied",
    against: "Approved",
    reason: "KubectlDeny",
    done: "denied",
};

static SPEC: Spec = Spec {
    name: "certificate",
    group: Group::Cluster,
    short: "Modify certificate resources",
    long: "Modify certificate resources.",
    usage: "SUBCOMMAND",
    subs: &[&APPROVE, &DENY],
    ..Spec::EMPTY
};

impl Verb for Certificate {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
}

impl Verb for Judge {
    fn spec(&self) -> &'static Spec {
        match self.condition {
            "Approved" => &APPROVE.spec,
            _ => &DENY.spec,
        }
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let mut printer = Printer::of(args, DryRun::None)?;
        let mut names = args.words.clone();
        let mut troubles = vec![];
        if args.has("filename") || args.has("kustomize") {
            let loaded = manifest::load(args, Check::Ignore, cx)?;
            troubles = loaded.troubles;
            names.extend(loaded.items.into_iter().map(|item| item.name));
        }
        if names.is_empty() && troubles.is_empty() {
            return Err(Failure::error("one or more CSRs must be specified as <name> or -f <filename>"));
        }
        let Some(kind) = cx.world.reader().find("certificatesigningrequests") else { return Ok(Flow::Done) };
        let count = names.len();
        for name in names {
            if let Err(trouble) = self.judge(kind, &name, args.bool("force"), &mut printer, cx) {
                troubles.push(trouble);
            }
        }
        if count > 0 && troubles.len() == count {
            return gather(troubles).map(|()| Flow::Done).map_err(Failure::from);
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

impl Judge {
    fn judge(
        &self,
        kind: KindRef,
        name: &str,
        force: bool,
        printer: &mut Printer,
        cx: &mut Cx<'_>,
    ) -> Result<(), Trouble> {
        let mut request = cx.get(kind, "", name)?.clone();
        if signing::has(&request, self.against) {
            return Err(Trouble::text(format!("certificate signing request \"{name}\" is already {}", self.against)));
        }
        let already = signing::has(&request, self.condition);
        if !already || force {
            let names = kind.names();
            cx.may(&Ask::of(names, "update", "", name).sub("approval"))?;
            let signer = plain::text(&request, &["spec", "signerName"]).to_string();
            let approve = Ask { resource: "signers", name: &signer, ..Ask::of(names, "approve", "", name) };
            if cx.may(&approve).is_err() {
                let why = format!("user not permitted to approve requests with signerName \"{signer}\"");
                return Err(crate::api::ApiError::forbidden(names, name, &why).into());
            }
        }
        if !already {
            let now = second(cx.now());
            let condition = json!({
                "type": self.condition, "status": "True", "reason": self.reason,
                "message": format!("This CSR was {} by kubectl certificate {}.", self.done, self.spec.name),
                "lastTransitionTime": now, "lastUpdateTime": now,
            });
            let status = request.status_mut::<Status>();
            match status["conditions"].as_array_mut() {
                Some(all) => all.push(condition),
                None => *status = json!({ "conditions": [condition] }),
            }
            // The right was asked for above: approval is a part of its own.
            let user = User { component: true, ..(*cx.config.caller).clone() };
            request = write::act(cx, DryRun::None, |hands| {
                hands.user = user.into();
                hands.update_status(request)
            })?;
        }
        Ok(printer.object(cx, &request, self.done)?)
    }
}
