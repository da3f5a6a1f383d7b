//! Re-renders a component when its topic moves.

use yew::prelude::*;

use crate::app::hub::{App, Topic};

/// A number that grows with every move of the topic.
#[hook]
pub fn use_topic(app: &App, topic: Topic) -> u32 {
    let count = use_state_eq(|| 0u32);
    let latest = use_mut_ref(|| 0u32);
    {
        let count = count.clone();
        let app = app.clone();
        use_effect_with(topic, move |topic| {
            let setter = count.setter();
            let id = app.listen(
                *topic,
                Callback::from(move |()| {
                    let mut latest = latest.borrow_mut();
                    *latest = latest.wrapping_add(1);
                    setter.set(*latest);
                }),
            );
            move || app.unlisten(id)
        });
    }
    *count
}
