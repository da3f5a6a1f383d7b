//! Policy rules: what one allows, taking them apart, putting them together, which cover which.
//!
//! Models: `pkg/apis/rbac/v1/evaluation_helpers.go`, `component-helpers/auth/rbac/validation`, `kubectl/pkg/util/rbac`.

use crate::api::authorize::Ask;
use k8s_openapi::api::rbac::v1::PolicyRule;

/// A list of a rule; absent is empty.
pub fn list(list: &Option<Vec<String>>) -> &[String] {
    list.as_deref().unwrap_or(&[])
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|w| w == word)
}

/// Whether a rule allows a request.
pub fn allows(rule: &PolicyRule, ask: &Ask<'_>) -> bool {
    if !(has(&rule.verbs, "*") || has(&rule.verbs, ask.verb)) {
        return false;
    }
    if !ask.path.is_empty() {
        return list(&rule.non_resource_urls).iter().any(|url| url_covers(url, ask.path));
    }
    let groups = list(&rule.api_groups);
    let names = list(&rule.resource_names);
    (has(groups, "*") || has(groups, ask.group))
        && list(&rule.resources).iter().any(|resource| names_resource(resource, ask.resource, ask.sub))
        && (names.is_empty() || has(names, ask.name))
}

/// `pods`, `pods/log`, `*`, `*/scale`.
fn names_resource(pattern: &str, resource: &str, sub: &str) -> bool {
    match pattern.split_once('/') {
        _ if pattern == "*" => true,
        None => sub.is_empty() && pattern == resource,
        Some((left, right)) => !sub.is_empty() && right == sub && (left == "*" || left == resource),
    }
}

fn url_covers(pattern: &str, path: &str) -> bool {
    pattern == path || (pattern.ends_with('*') && path.starts_with(pattern.trim_end_matches('*')))
}

/// A rule as rules of one verb, one group, one resource and at most one name each.
pub fn break_down(rule: &PolicyRule, out: &mut Vec<PolicyRule>) {
    let one = |word: &String| Some(vec![word.clone()]);
    for group in list(&rule.api_groups) {
        for resource in list(&rule.resources) {
            for verb in &rule.verbs {
                let simple = PolicyRule {
                    api_groups: one(group),
                    resources: one(resource),
                    verbs: vec![verb.clone()],
                    ..PolicyRule::default()
                };
                let names = list(&rule.resource_names);
                if names.is_empty() {
                    out.push(simple.clone());
                }
                out.extend(names.iter().map(|name| PolicyRule { resource_names: one(name), ..simple.clone() }));
            }
        }
    }
    for url in list(&rule.non_resource_urls) {
        for verb in &rule.verbs {
            out.push(PolicyRule { non_resource_urls: one(url), verbs: vec![verb.clone()], ..PolicyRule::default() });
        }
    }
}

/// Simple rules that differ in their verbs alone become one. With `names`, rules about one object too (kubectl does so,
/// the server does not).
pub fn compact(rules: Vec<PolicyRule>, names: bool) -> Vec<PolicyRule> {
    let mut out: Vec<PolicyRule> = vec![];
    for rule in rules {
        let mergeable = rule.non_resource_urls.is_none() && (names || rule.resource_names.is_none());
        let same = |other: &&mut PolicyRule| {
            other.api_groups == rule.api_groups
                && other.resources == rule.resources
                && other.resource_names == rule.resource_names
                && other.non_resource_urls.is_none()
        };
        match out.iter_mut().find(same).filter(|_| mergeable) {
            Some(other) => {
                for verb in rule.verbs {
                    if !names || !other.verbs.contains(&verb) {
                        other.verbs.push(verb);
                    }
                }
            }
            None => out.push(rule),
        }
    }
    out
}

/// Rules as kubectl shows them: taken apart, put together, sorted.
pub fn table<'a>(rules: impl IntoIterator<Item = &'a PolicyRule>) -> Vec<PolicyRule> {
    let mut simple = vec![];
    for rule in rules {
        break_down(rule, &mut simple);
    }
    let mut all = compact(simple, true);
    all.sort_by_cached_key(go_text);
    all
}

/// One line of such a table, its cells parted by tabs.
pub fn row(rule: &PolicyRule) -> String {
    let resource = list(&rule.resources).first().map_or_else(String::new, |resource| {
        let (resource, sub) = resource.split_once('/').map_or((resource.as_str(), None), |(r, s)| (r, Some(s)));
        let group = list(&rule.api_groups).first().filter(|group| !group.is_empty());
        let group = group.map(|group| format!(".{group}")).unwrap_or_default();
        format!("{resource}{group}{}", sub.map(|sub| format!("/{sub}")).unwrap_or_default())
    });
    let words = |list: &[String]| format!("[{}]", list.join(" "));
    let (urls, names) = (words(list(&rule.non_resource_urls)), words(list(&rule.resource_names)));
    format!("{resource}\t{urls}\t{names}\t{}", words(&rule.verbs))
}

/// As Go prints a rule; the order of tables follows it.
fn go_text(rule: &PolicyRule) -> String {
    let words = |list: &[String]| format!("[{}]", list.join(" "));
    format!(
        "Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},",
        words(&rule.verbs),
        words(list(&rule.api_groups)),
        words(list(&rule.resources)),
        words(list(&rule.resource_names)),
        words(list(&rule.non_resource_urls))
    )
}

/// As Go's `%+v` prints a rule.
pub fn plus_v(rule: &PolicyRule) -> String {
    format!("{{{}}}", go_text(rule).trim_end_matches(',').replace("],", "] "))
}

/// `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, as messages name a rule.
pub fn compact_text(rule: &PolicyRule) -> String {
    let parts = [
        ("APIGroups", list(&rule.api_groups)),
        ("Resources", list(&rule.resources)),
        ("NonResourceURLs", list(&rule.non_resource_urls)),
        ("ResourceNames", list(&rule.resource_names)),
        ("Verbs", &rule.verbs),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(title, words)| format!("{title}:{}", quoted(words)))
        .collect();
    format!("{{{}}}", parts.join(", "))
}

/// `["a" "b"]`
pub fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

/// What `servants` allow and `owners` do not, in simple rules.
pub fn uncovered<'a>(owners: &[&PolicyRule], servants: impl IntoIterator<Item = &'a PolicyRule>) -> Vec<PolicyRule> {
    let mut simple = vec![];
    for rule in servants {
        break_down(rule, &mut simple);
    }
    simple.retain(|rule| !owners.iter().any(|owner| covers(owner, rule)));
    simple
}

/// Whether a rule covers a simple one.
fn covers(owner: &PolicyRule, sub: &PolicyRule) -> bool {
    let all = |set: &[String], words: &[String]| has(set, "*") || words.iter().all(|word| has(set, word));
    let resources = list(&owner.resources);
    let resource_fits = |resource: &String| {
        has(resources, "*")
            || has(resources, resource)
            || resource.split_once('/').is_some_and(|(_, sub)| has(resources, &format!("*/{sub}")))
    };
    let (names, wanted) = (list(&owner.resource_names), list(&sub.resource_names));
    let names_fit = names.is_empty() || (!wanted.is_empty() && wanted.iter().all(|name| has(names, name)));
    let urls = list(&owner.non_resource_urls);
    all(&owner.verbs, &sub.verbs)
        && all(list(&owner.api_groups), list(&sub.api_groups))
        && list(&sub.resources).iter().all(resource_fits)
        && names_fit
        && list(&sub.non_resource_urls).iter().all(|url| urls.iter().any(|own| url_covers(own, url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &str, resources: &str, names: &str, verbs: &str) -> PolicyRule {
        let words = |text: &str| text.split(',').map(String::from).collect::<Vec<_>>();
        let some = |text: &str| (!text.is_empty()).then(|| words(text));
        PolicyRule {
            api_groups: Some(words(groups)),
            resources: some(resources),
            resource_names: some(names),
            verbs: words(verbs),
            ..PolicyRule::default()
        }
    }

    #[test]
    fn a_star_covers_and_a_name_does_not_cover_all_names() {
        let (all, one) = (rule("*", "*", "", "*"), rule("", "pods", "web", "get"));
        let wanted = [rule("", "pods", "", "get,list")];
        assert!(uncovered(&[&all], &wanted).is_empty());
        let left = compact(uncovered(&[&one], &wanted), false);
        assert_eq!(left.len(), 1);
        assert_eq!(compact_text(&left[0]), r#"{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}"#);
    }

    #[test]
    fn a_subresource_is_another_resource() {
        let ask = |sub| Ask { verb: "get", resource: "pods", sub, ..Ask::default() };
        let pods = rule("", "pods", "", "get");
        assert!(allows(&pods, &ask("")) && !allows(&pods, &ask("log")));
        assert!(allows(&rule("", "*/log", "", "*"), &ask("log")));
        assert!(allows(&rule("", "*", "", "*"), &ask("log")));
    }
}
