//! Colour tokens and the three themes: a mark names an ink, a theme says which colour that ink has.
//! Same values as the page's style sheet (`--ph-paper` and so on).

macro_rules! inks {
    ($($ink:ident $token:literal $light:literal $dark:literal $projection:literal;)+) => {
        /// A colour by its meaning. Never a colour value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ink { $($ink,)+ }

        /// Every ink, in the order of the table; `ink as usize` is its place.
        pub const INKS: &[Ink] = &[$(Ink::$ink,)+];

        impl Ink {
            /// The token's name without the `--ph-` prefix.
            pub fn token(self) -> &'static str {
                match self { $(Ink::$ink => $token,)+ }
            }

            /// The colour in that theme, as `#rrggbb`.
            pub fn hex(self, theme: Theme) -> &'static str {
                match self { $(Ink::$ink => match theme {
                    Theme::Light => $light,
                    Theme::Dark => $dark,
                    Theme::Projection => $projection,
                },)+ }
            }
        }
    };
}

/// Which table of colours is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    Light,
    Dark,
    /// For the back row of a classroom.
    Projection,
}

impl Theme {
    /// The theme of that name: light, dark or projection.
    pub fn named(name: &str) -> Option<Theme> {
        match name {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            "projection" => Some(Theme::Projection),
            _ => None,
        }
    }
}

/// The five state hues and the hue of causes. Each has a solid, a text, a tint and a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hue {
    /// Is as asked.
    Ok,
    /// On its way.
    Go,
    /// Not yet, be patient.
    Wait,
    /// Broken or refused.
    Fail,
    /// Over, or unknown.
    Off,
    /// Because of what the learner did.
    Cause,
}

impl Hue {
    /// For marks.
    pub fn solid(self) -> Ink {
        match self {
            Hue::Ok => Ink::OkSolid,
            Hue::Go => Ink::GoSolid,
            Hue::Wait => Ink::WaitSolid,
            Hue::Fail => Ink::FailSolid,
            Hue::Off => Ink::OffSolid,
            Hue::Cause => Ink::CauseSolid,
        }
    }

    /// For words.
    pub fn text(self) -> Ink {
        match self {
            Hue::Ok => Ink::OkText,
            Hue::Go => Ink::GoText,
            Hue::Wait => Ink::WaitText,
            Hue::Fail => Ink::FailText,
            Hue::Off => Ink::OffText,
            Hue::Cause => Ink::CauseText,
        }
    }

    /// For bodies.
    pub fn tint(self) -> Ink {
        match self {
            Hue::Ok => Ink::OkTint,
            Hue::Go => Ink::GoTint,
            Hue::Wait => Ink::WaitTint,
            Hue::Fail => Ink::FailTint,
            Hue::Off => Ink::OffTint,
            Hue::Cause => Ink::CauseTint,
        }
    }

    /// For outlines.
    pub fn line(self) -> Ink {
        match self {
            Hue::Ok => Ink::OkLine,
            Hue::Go => Ink::GoLine,
            Hue::Wait => Ink::WaitLine,
            Hue::Fail => Ink::FailLine,
            Hue::Off => Ink::OffLine,
            Hue::Cause => Ink::CauseLine,
        }
    }
}

inks! {
    Paper "paper" "#f6f5f0" "#0e151b" "#ffffff";
    Sunk "sunk" "#edece5" "#0a1015" "#f1f2f3";
    Panel "panel" "#fcfbf8" "#121a21" "#ffffff";
    Raised "raised" "#ffffff" "#19232b" "#ffffff";
    Line1 "line-1" "#e0ded5" "#212c35" "#bfc5ca";
    Line2 "line-2" "#c4c2b8" "#374550" "#848e96";
    Line3 "line-3" "#7f878b" "#6f7f8b" "#414c55";
    Ink1 "ink-1" "#121b23" "#e8eef2" "#05090d";
    Ink2 "ink-2" "#414e59" "#b1bec8" "#1e2932";
    Ink3 "ink-3" "#59656f" "#8c9aa6" "#313d46";
    Ink4 "ink-4" "#a3a9ac" "#53616c" "#8b959c";
    InkInv "ink-inv" "#ffffff" "#0b1116" "#ffffff";
    Proc "proc" "#1e2b36" "#2b3945" "#0c161e";
    Proc2 "proc-2" "#31414e" "#3b4c5a" "#22313c";
    ProcInk "proc-ink" "#f4f6f7" "#f1f5f8" "#ffffff";
    ProcInk2 "proc-ink-2" "#b4c0c9" "#b9c6d0" "#d5dee5";
    ProcLamp "proc-lamp" "#5fd0bd" "#6fdcc8" "#7ce8d4";
    ProcLine "proc-line" "#1e2b36" "#5b6e7d" "#0c161e";
    OkSolid "ok-solid" "#117a68" "#44c9ac" "#007060";
    OkText "ok-text" "#0b5f51" "#6fd9c1" "#00473c";
    OkTint "ok-tint" "#dceee9" "#112f2b" "#cdede6";
    OkLine "ok-line" "#2f8e7d" "#2e9480" "#007060";
    GoSolid "go-solid" "#1b67ea" "#5c8dfb" "#173fda";
    GoText "go-text" "#1650be" "#94b4ff" "#0c2fa8";
    GoTint "go-tint" "#dee8fc" "#16264a" "#d8e2ff";
    GoLine "go-line" "#1b67ea" "#5c8dfb" "#173fda";
    WaitSolid "wait-solid" "#bc6e00" "#f3bf4e" "#a35600";
    WaitText "wait-text" "#824b00" "#f3c565" "#693500";
    WaitTint "wait-tint" "#fbedd0" "#33280c" "#ffedcb";
    WaitLine "wait-line" "#bc6e00" "#d9a63c" "#a35600";
    FailSolid "fail-solid" "#b3260e" "#ee5f4a" "#820c0c";
    FailText "fail-text" "#9e2410" "#ff8f7d" "#760a08";
    FailTint "fail-tint" "#fae1d9" "#411914" "#ffd8ce";
    FailLine "fail-line" "#b3260e" "#ee5f4a" "#820c0c";
    OffSolid "off-solid" "#78828a" "#7d8891" "#3b444c";
    OffText "off-text" "#4d5862" "#a9b4bd" "#2c363e";
    OffTint "off-tint" "#e7e6e1" "#1d262d" "#e6e9eb";
    OffLine "off-line" "#78828a" "#73808a" "#3b444c";
    CauseSolid "cause-solid" "#8b1579" "#f08fd2" "#5c0a63";
    CauseText "cause-text" "#7c106b" "#f5a9dd" "#4e0655";
    CauseTint "cause-tint" "#f7e2f2" "#3a1933" "#f5dcf4";
    CauseLine "cause-line" "#a8439a" "#c366a8" "#5c0a63";
    Focus "focus" "#121b23" "#ffffff" "#05090d";
    FocusGap "focus-gap" "#ffffff" "#0e151b" "#ffffff";
    OnSolid "on-solid" "#ffffff" "#0b1116" "#ffffff";
    Ramp0 "ramp-0" "#e4e7e0" "#1b2830" "#e3e8e5";
    Ramp1 "ramp-1" "#c6d8d0" "#1d3e44" "#bcd6cc";
    Ramp2 "ramp-2" "#9cc2b9" "#23575b" "#8cbfb4";
    Ramp3 "ramp-3" "#6ca8a0" "#317674" "#55a097";
    Ramp4 "ramp-4" "#3f8b87" "#4e9a93" "#267e7a";
    Ramp5 "ramp-5" "#1f6a6b" "#7fbfb4" "#0a5a5c";
    Ramp6 "ramp-6" "#0f474c" "#bfe5db" "#02363b";
}
