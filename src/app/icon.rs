//! One glyph of the sheet in `static/glyphs.svg`.

use yew::prelude::*;

/// The glyph of that name, `size` px wide, in the colour of the text.
pub fn icon(name: &str, size: u32) -> Html {
    let size = size.to_string();
    html! {
        <svg class="gi" width={size.clone()} height={size.clone()} viewBox="0 0 16 16" aria-hidden="true">
            <use href={format!("#g-{name}")} />
        </svg>
    }
}

/// The product's mark: a wheelhouse over water.
pub fn mark() -> Html {
    html! {
        <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" fill="none" stroke="currentColor" stroke-linecap="round">
            <path d="M5.2 9.5L7.3 4h7.4l2.1 5.5" stroke-width="1.6" stroke-linejoin="round" />
            <path d="M9.2 9.5V6.6M12.8 9.5V6.6M11 4V1.8" stroke-width="1.4" />
            <path d="M2 9.5h18l-1.6 5.3H3.6z" fill="currentColor" stroke="none" />
            <path d="M1.5 18.6c1.6-1.4 3.1-1.4 4.75 0s3.1 1.4 4.75 0 3.1-1.4 4.75 0 3.1 1.4 4.75 0" stroke-width="1.5" />
        </svg>
    }
}

/// How far a goal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moon {
    Open,
    Now,
    Done,
}

/// A goal's moon: a ring, half, a disc with a tick.
pub fn moon(state: Moon) -> Html {
    let body = match state {
        Moon::Open => {
            html! { <circle cx="8" cy="8" r="6.4" fill="none" stroke="var(--ph-line-3)" stroke-width="1.5" /> }
        }
        Moon::Now => html! {<>
            <circle cx="8" cy="8" r="6.4" fill="none" stroke="var(--ph-ink-1)" stroke-width="1.5" />
            <path d="M8 1.6a6.4 6.4 0 0 0 0 12.8z" fill="var(--ph-ink-1)" />
        </>},
        Moon::Done => html! {<>
            <circle cx="8" cy="8" r="7.2" fill="var(--ph-ok-solid)" />
            <path d="M4.8 8.2l2.2 2.2 4.2-4.6" fill="none" stroke="var(--ph-on-solid)" stroke-width="1.7"
                  stroke-linecap="round" stroke-linejoin="round" />
        </>},
    };
    html! { <svg class="moon" width="16" height="16" aria-hidden="true">{ body }</svg> }
}
