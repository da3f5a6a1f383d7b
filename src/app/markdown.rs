//! Markdown of lessons and explanations as page nodes. Never a string of HTML, so there is nothing to clean.
//!
//! Left out: images, tables, raw HTML (dropped); links other than http(s), # and relative ones lose their target.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use yew::prelude::*;
use yew::virtual_dom::{VList, VNode, VTag, VText};

/// The nodes of a text. `run` is called with a fenced command when its button is pressed.
pub fn markdown(text: &str, run: Option<(&str, Callback<String>)>) -> Html {
    let mut stack: Vec<(Option<VTag>, Vec<VNode>)> = vec![(None, Vec::new())];
    let mut code: Option<(String, String)> = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((language, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                let (language, body) = code.take().unwrap_or_default();
                push(&mut stack, block(&language, body.trim_end(), &run));
            }
            Event::Start(tag) => stack.push((element(&tag), Vec::new())),
            Event::End(_) => {
                let Some((tag, children)) = stack.pop() else { continue };
                let list = VNode::from(VList::with_children(children, None));
                match tag {
                    Some(mut tag) => {
                        tag.add_child(list);
                        push(&mut stack, tag.into());
                    }
                    None => push(&mut stack, list),
                }
            }
            Event::Text(text) => match &mut code {
                Some((_, body)) => body.push_str(&text),
                None => push(&mut stack, VText::new(text.to_string()).into()),
            },
            Event::Code(text) => push(&mut stack, html! { <code>{ text.to_string() }</code> }),
            Event::SoftBreak => push(&mut stack, VText::new(" ").into()),
            Event::HardBreak => push(&mut stack, html! { <br /> }),
            Event::Rule => push(&mut stack, html! { <hr /> }),
            _ => {}
        }
    }
    let children = stack.into_iter().flat_map(|(_, children)| children).collect();
    VList::with_children(children, None).into()
}

fn push(stack: &mut [(Option<VTag>, Vec<VNode>)], node: VNode) {
    if let Some((_, children)) = stack.last_mut() {
        children.push(node);
    }
}

fn element(tag: &Tag<'_>) -> Option<VTag> {
    let name = match tag {
        Tag::Paragraph => "p",
        Tag::Heading { .. } => "h2",
        Tag::List(Some(_)) => "ol",
        Tag::List(None) => "ul",
        Tag::Item => "li",
        Tag::Emphasis => "em",
        Tag::Strong => "strong",
        Tag::BlockQuote(_) => "blockquote",
        Tag::Link { dest_url, .. } => {
            let mut link = VTag::new("a");
            let target = dest_url.as_ref();
            let plain = !target.contains(':') && !target.starts_with("//");
            if plain || target.starts_with("https://") || target.starts_with("http://") {
                link.add_attribute("href", target.to_string());
            }
            if !plain {
                link.add_attribute("target", "_blank");
                link.add_attribute("rel", "noopener");
            }
            return Some(link);
        }
        _ => return None,
    };
    Some(VTag::new(name))
}

fn block(language: &str, body: &str, run: &Option<(&str, Callback<String>)>) -> VNode {
    let commands = matches!(language, "sh" | "shell" | "bash" | "console");
    match run {
        Some((label, run)) if commands => {
            let (text, run) = (body.to_string(), run.clone());
            html! {
                <div class="cmdline"><pre>{ body }</pre>
                    <button class="btn small" onclick={Callback::from(move |_: MouseEvent| run.emit(text.clone()))}>{ *label }</button>
                </div>
            }
        }
        _ => html! { <pre class="quote" tabindex="0">{ body }</pre> },
    }
}
