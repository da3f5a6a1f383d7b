//! The page.
pub fn start() { yew::Renderer::<Root>::new().render(); }
use yew::prelude::*;
#[component]
fn Root() -> Html { html! { <p>{"hi"}</p> } }
