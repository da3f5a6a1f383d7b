//! How many pods fit a selector, and what became of those that stood when the step began.

use super::{Sight, Verdict, default_namespace};
use crate::api::selector::Selector;
use crate::api::{Object, kinds};
use crate::control::pods::is_ready;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodsCheck {
    pub selector: String,
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Exactly so many are ready.
    #[serde(default)]
    pub ready: Option<usize>,
    /// Exactly so many exist (those that are leaving do not count).
    #[serde(default)]
    pub count: Option<usize>,
    /// At least so many of the first ones are gone.
    #[serde(default)]
    pub lost: Option<usize>,
    /// All of the first ones are still there.
    #[serde(default)]
    pub kept: bool,
}

impl PodsCheck {
    pub fn sound(&self) -> Result<(), String> {
        Selector::parse(&self.selector).map(|_| ()).map_err(|mistake| format!("selector: {mistake}"))
    }

    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let Ok(selector) = Selector::parse(&self.selector) else {
            return Verdict::Broken(format!("selector {:?} cannot be read", self.selector));
        };
        let pods: Vec<&Object> = sight
            .world
            .reader()
            .list(kinds::POD, Some(&self.namespace))
            .filter(|pod| selector.matches(pod.labels()) && !pod.deleting())
            .collect();
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let first =
            sight.mark.pods.iter().filter(|pod| *pod.namespace == *self.namespace && selector.matches(&pod.labels));
        let (all, gone) = first.fold((0, 0), |(all, gone), pod| {
            (all + 1, gone + usize::from(!pods.iter().any(|now| *now.uid() == *pod.uid)))
        });
        let of = &self.selector;
        if let Some(wanted) = self.lost
            && gone < wanted
        {
            return Verdict::from(
                false,
                format!("All pods with {of} are still the first ones."),
                format!("{of} 파드가 아직 모두 처음 그대로예요."),
            );
        }
        if self.kept && gone > 0 {
            return Verdict::from(
                false,
                format!("{gone} of the {all} pods that were there are gone."),
                format!("원래 있던 파드 {all}개 중 {gone}개가 사라졌어요."),
            );
        }
        if let Some(wanted) = self.count
            && pods.len() != wanted
        {
            let have = pods.len();
            return Verdict::from(
                false,
                format!("Pods with {of}: wanted {wanted}, have {have}."),
                format!("{of} 파드: 원하는 수 {wanted}, 현재 {have}."),
            );
        }
        match self.ready {
            Some(wanted) if ready != wanted => Verdict::from(
                false,
                format!("Ready pods with {of}: wanted {wanted}, have {ready}."),
                format!("준비된 {of} 파드: 원하는 수 {wanted}, 현재 {ready}."),
            ),
            _ => Verdict::Yes,
        }
    }
}
