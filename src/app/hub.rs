//! The one place the page's state lives: the bridge to the session, the settings, and who listens to which part.
//! Components read it and re-render only when their topic moved; the frame loop drives it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yew::Callback;

use super::bridge::Bridge;
use super::settings::Settings;
use super::text::Lang;

/// A part of the page that moves on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Language, theme, tabs, sizes.
    Settings,
    /// Lines, prompt, jobs.
    Terminal,
    /// Title, goals, hints.
    Lesson,
    /// What exists; the outline and the panels that describe an object.
    World,
    /// The clock, ten times a second.
    Clock,
    /// What is chosen or hovered.
    Chosen,
    /// The learner's files.
    Files,
    /// What the polite live region says, toasts.
    Said,
}

/// Something the page tells in a corner for six seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub id: u32,
    pub hue: &'static str,
    pub text: String,
}

/// See the module.
pub struct Hub {
    pub bridge: RefCell<Bridge>,
    pub settings: RefCell<Settings>,
    /// The object ring on the chart, and the one under the pointer.
    pub chosen: RefCell<Option<String>>,
    pub hovered: RefCell<Option<String>>,
    pub toasts: RefCell<Vec<Toast>>,
    pub said: RefCell<String>,
    /// Text to put on the command line, taken by the terminal.
    pub typed: RefCell<Option<String>>,
    listeners: RefCell<Vec<(u32, Topic, Callback<()>)>>,
    next: Cell<u32>,
}

/// A handle to the hub; equal when it is the same hub.
#[derive(Clone)]
pub struct App(Rc<Hub>);

impl PartialEq for App {
    fn eq(&self, other: &App) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for App {
    type Target = Hub;
    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl App {
    pub fn new(bridge: Bridge, settings: Settings) -> App {
        App(Rc::new(Hub {
            bridge: RefCell::new(bridge),
            settings: RefCell::new(settings),
            chosen: RefCell::default(),
            hovered: RefCell::default(),
            toasts: RefCell::default(),
            said: RefCell::default(),
            typed: RefCell::default(),
            listeners: RefCell::default(),
            next: Cell::new(1),
        }))
    }

    pub fn lang(&self) -> Lang {
        self.settings.borrow().lang()
    }

    /// Reads the session's side.
    pub fn read<T>(&self, look: impl FnOnce(&Bridge) -> T) -> T {
        look(&self.bridge.borrow())
    }

    /// Changes the session's side, then tells whoever listens to what moved.
    pub fn act<T>(&self, change: impl FnOnce(&mut Bridge) -> T) -> T {
        let result = change(&mut self.bridge.borrow_mut());
        self.tell_moved();
        result
    }

    /// Tells the listeners of every topic whose version moved.
    pub fn tell_moved(&self) {
        let moved = self.bridge.borrow_mut().moved();
        for topic in moved {
            self.tell(topic);
        }
    }

    /// Changes a setting, keeps it and shows it.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        {
            let mut settings = self.settings.borrow_mut();
            change(&mut settings);
            settings.keep();
            settings.show();
        }
        let lang = self.lang();
        self.bridge.borrow_mut().set_lang(lang);
        self.tell(Topic::Settings);
        self.tell_moved();
    }

    /// Chooses an object, or none.
    pub fn choose(&self, id: Option<String>) {
        *self.chosen.borrow_mut() = id.clone();
        self.bridge.borrow_mut().choose(id);
        self.tell(Topic::Chosen);
    }

    /// Rings an object while the pointer is on it or on its name.
    pub fn hover(&self, id: Option<String>) {
        if *self.hovered.borrow() == id {
            return;
        }
        super::light::names(id.as_deref());
        *self.hovered.borrow_mut() = id.clone();
        self.bridge.borrow_mut().hover(id);
    }

    /// Puts a command on the command line, without running it.
    pub fn type_in(&self, text: &str) {
        *self.typed.borrow_mut() = Some(text.to_string());
        self.set(|settings| settings.front = None);
        self.tell(Topic::Terminal);
    }

    /// Runs a command line as if it had been typed.
    pub fn run(&self, line: &str) {
        self.act(|bridge| bridge.submit(line));
    }

    /// Says it in the polite live region.
    pub fn say(&self, text: &str) {
        *self.said.borrow_mut() = text.to_string();
        self.tell(Topic::Said);
    }

    /// Shows a toast for six seconds, two at most.
    pub fn toast(&self, hue: &'static str, text: String) {
        let id = self.next.get();
        self.next.set(id + 1);
        {
            let mut toasts = self.toasts.borrow_mut();
            toasts.push(Toast { id, hue, text: text.clone() });
            let extra = toasts.len().saturating_sub(2);
            toasts.drain(..extra);
        }
        self.say(&text);
        let app = self.clone();
        gloo::timers::callback::Timeout::new(6_000, move || app.untoast(id)).forget();
    }

    pub fn untoast(&self, id: u32) {
        self.toasts.borrow_mut().retain(|toast| toast.id != id);
        self.tell(Topic::Said);
    }

    pub fn tell(&self, topic: Topic) {
        let listeners: Vec<Callback<()>> = self
            .listeners
            .borrow()
            .iter()
            .filter(|(_, wanted, _)| *wanted == topic)
            .map(|(_, _, listener)| listener.clone())
            .collect();
        for listener in listeners {
            listener.emit(());
        }
    }

    /// Calls back whenever the topic moves, until `unlisten`.
    pub fn listen(&self, topic: Topic, listener: Callback<()>) -> u32 {
        let id = self.next.get();
        self.next.set(id + 1);
        self.listeners.borrow_mut().push((id, topic, listener));
        id
    }

    pub fn unlisten(&self, id: u32) {
        self.listeners.borrow_mut().retain(|(other, _, _)| *other != id);
    }
}
