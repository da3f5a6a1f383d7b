//! Lights the names of one object wherever the page prints them: one style rule, no re-rendering.

/// Lights the names of the object, or none.
pub fn names(id: Option<&str>) {
    let document = gloo::utils::document();
    let Some(style) = document.get_element_by_id("ph-light") else { return };
    let rule = id.map(|id| {
        let id = id.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        format!("[data-object=\"{id}\"]{{background:var(--ph-cause-tint);box-shadow:0 0 0 2px var(--ph-cause-tint);border-radius:2px}}")
    });
    style.set_text_content(Some(&rule.unwrap_or_default()));
}
