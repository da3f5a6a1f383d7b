//! What survives a reload: one key for the session, one for the settings. Memory stands in where the browser keeps nothing.
//!
//! Left out: quota warnings; a session that does not fit is simply not kept, and the page says so once.

use std::cell::RefCell;

use web_sys::Storage;

/// The learner's session. The number is the version of the form.
pub const SESSION: &str = "pilothouse.session.1";
/// Language, theme, sizes.
pub const SETTINGS: &str = "pilothouse.settings.1";
/// Steps of lessons that are done; outlives "start again".
pub const PROGRESS: &str = "pilothouse.progress.1";

thread_local! {
    static MEMORY: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

fn local() -> Option<Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// The text kept under the key.
pub fn read(key: &str) -> Option<String> {
    if let Some(value) = local().and_then(|storage| storage.get_item(key).ok().flatten()) {
        return Some(value);
    }
    MEMORY.with_borrow(|memory| memory.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()))
}

/// Keeps the text. False when only this tab's memory has it.
pub fn write(key: &str, value: &str) -> bool {
    if local().is_some_and(|storage| storage.set_item(key, value).is_ok()) {
        return true;
    }
    MEMORY.with_borrow_mut(|memory| {
        memory.retain(|(k, _)| k != key);
        memory.push((key.to_string(), value.to_string()));
    });
    false
}

/// Forgets the key.
pub fn forget(key: &str) {
    if let Some(storage) = local() {
        let _ = storage.remove_item(key);
    }
    MEMORY.with_borrow_mut(|memory| memory.retain(|(k, _)| k != key));
}
