//! The flags of kubectl: one table serves parsing, help, errors and completion.
//!
//! Models: `github.com/spf13/pflag`, `cli-runtime/pkg/genericclioptions/config_flags.go`.
//! Left out: flags that only make sense for a real connection (client certificates) are read and ignored.

use super::Failure;
use crate::time::Span;
use std::collections::BTreeMap;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Bool,
    Text,
    /// Comma-separated and repeatable.
    List,
    /// Repeatable, commas stay.
    Array,
    Int,
    /// `1m30s`.
    Duration,
    /// A text that may be left out; then this one: `--dry-run`, `-q`.
    Optional(&'static str),
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub takes: Takes,
    /// As `--help` shows it; also what an absent flag gives.
    pub default: &'static str,
    pub help: &'static str,
    pub hidden: bool,
}

impl Flag {
    pub const fn bool(name: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Bool, default: "false", help, hidden: false }
    }

    pub const fn text(name: &'static str, default: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Text, default, help, hidden: false }
    }

    pub const fn list(name: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::List, default: "", help, hidden: false }
    }

    pub const fn array(name: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Array, default: "", help, hidden: false }
    }

    pub const fn int(name: &'static str, default: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Int, default, help, hidden: false }
    }

    pub const fn duration(name: &'static str, default: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Duration, default, help, hidden: false }
    }

    pub const fn optional(name: &'static str, bare: &'static str, default: &'static str, help: &'static str) -> Flag {
        Flag { name, short: None, takes: Takes::Optional(bare), default, help, hidden: false }
    }

    pub const fn short(mut self, short: char) -> Flag {
        self.short = Some(short);
        self
    }

    /// On unless told otherwise.
    pub const fn on(mut self) -> Flag {
        self.default = "true";
        self
    }

    pub const fn hidden(mut self) -> Flag {
        self.hidden = true;
        self
    }

    /// `-n, --namespace`, as errors name it.
    fn title(&self) -> String {
        self.short.map_or_else(|| format!("--{}", self.name), |c| format!("-{c}, --{}", self.name))
    }
}

/// The flags that every verb takes.
pub static GLOBAL: &[Flag] = &[
    Flag::text(
        "as",
        "",
        "Username to impersonate for the operation. User could be a regular user or a service account in a namespace.",
    ),
    Flag::array(
        "as-group",
        "Group to impersonate for the operation, this flag can be repeated to specify multiple groups.",
    ),
    Flag::text("as-uid", "", "UID to impersonate for the operation."),
    Flag::array(
        "as-user-extra",
        "User extras to impersonate for the operation, this flag can be repeated to specify multiple values for the same key.",
    ),
    Flag::text("cache-dir", "/root/.kube/cache", "Default cache directory"),
    Flag::text("certificate-authority", "", "Path to a cert file for the certificate authority"),
    Flag::text("client-certificate", "", "Path to a client certificate file for TLS"),
    Flag::text("client-key", "", "Path to a client key file for TLS"),
    Flag::text("cluster", "", "The name of the kubeconfig cluster to use"),
    Flag::text("context", "", "The name of the kubeconfig context to use"),
    Flag::bool("disable-compression", "If true, opt-out of response compression for all requests to the server"),
    Flag::bool(
        "insecure-skip-tls-verify",
        "If true, the server's certificate will not be checked for validity. This will make your HTTPS connections insecure",
    ),
    Flag::text("kubeconfig", "", "Path to the kubeconfig file to use for CLI requests."),
    Flag::text(
        "kuberc",
        "",
        "Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.",
    ),
    Flag::duration("log-flush-frequency", "5s", "Maximum number of seconds between log flushes"),
    Flag::bool("match-server-version", "Require server version to match client version"),
    Flag::text("namespace", "", "If present, the namespace scope for this CLI request").short('n'),
    Flag::text("password", "", "Password for basic authentication to the API server"),
    Flag::text(
        "profile",
        "none",
        "Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex|trace)",
    ),
    Flag::text("profile-output", "profile.pprof", "Name of the file to write the profile to"),
    Flag::text(
        "request-timeout",
        "0",
        "The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don't timeout requests.",
    ),
    Flag::text("server", "", "The address and port of the Kubernetes API server").short('s'),
    Flag::text(
        "tls-server-name",
        "",
        "Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used",
    ),
    Flag::text("token", "", "Bearer token for authentication to the API server"),
    Flag::text("user", "", "The name of the kubeconfig user to use"),
    Flag::text("username", "", "Username for basic authentication to the API server"),
    Flag::int("v", "0", "number for the log level verbosity").short('v'),
    Flag::text(
        "vmodule",
        "",
        "comma-separated list of pattern=N settings for file-filtered logging (only works for the default text log format)",
    ),
    Flag::bool(
        "warnings-as-errors",
        "Treat warnings received from the server as errors and exit with a non-zero exit code",
    ),
];

/// `--record`, which kubectl would rather not have any more.
pub static RECORD: &[Flag] = &[Flag::bool(
    "record",
    "Record current kubectl command in the resource annotation. If set to false, do not record the command. If set to true, record the command. If not set, default to updating the existing annotation value only if one already exists.",
)
.hidden()];

/// `-f`, `-k`, `-R`.
pub static FILES: &[Flag] = &[
    Flag::list("filename", "Filename, directory, or URL to files identifying the resource to get from a server.").short('f'),
    Flag::text("kustomize", "", "Process the kustomization directory. This flag can't be used together with -f or -R.").short('k'),
    Flag::bool("recursive", "Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.").short('R'),
];

/// `-l`.
pub static SELECTOR: &[Flag] = &[Flag::text("selector", "", "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.").short('l')];

/// `--field-selector`.
pub static FIELD_SELECTOR: &[Flag] = &[Flag::text(
    "field-selector",
    "",
    "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
)];

/// `-A`.
pub static ALL_NAMESPACES: &[Flag] = &[Flag::bool("all-namespaces", "If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.").short('A')];

/// `-o` of the verbs that print one object (not a table), `--template`, `--show-managed-fields`.
pub static OUTPUT: &[Flag] = &[
    Flag::bool("allow-missing-template-keys", "If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.").on(),
    Flag::text("output", "", "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).").short('o'),
    Flag::bool("show-managed-fields", "If true, keep the managedFields when printing objects in JSON or YAML format."),
    Flag::text("template", "", "Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview]."),
];

/// `--dry-run`.
pub static DRY_RUN: &[Flag] = &[Flag::optional(
    "dry-run",
    "unchanged",
    "none",
    "Must be \"none\", \"server\", or \"client\". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.",
)];

/// What was typed after the verb.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// Everything that is no flag, up to `--`.
    pub words: Vec<String>,
    /// What stands behind `--`, if it was there.
    pub rest: Option<Vec<String>>,
    given: BTreeMap<&'static str, Vec<String>>,
    /// The flags in the order they were typed in.
    typed: Vec<(&'static str, String)>,
    defaults: BTreeMap<&'static str, &'static str>,
    pub help: bool,
    /// `kubectl rollout status`: how the verb was called, for its errors.
    pub path: String,
}

impl Args {
    /// Whether the flag was typed.
    pub fn has(&self, flag: &str) -> bool {
        self.given.contains_key(flag)
    }

    /// The command as `--record` writes it down: words first, flags by their long names.
    pub fn cause(&self) -> String {
        let mut text = self.path.clone();
        for word in self.positional() {
            text = format!("{text} {word}");
        }
        for (flag, value) in &self.typed {
            text = format!("{text} --{flag}={value}");
        }
        text
    }

    /// The last value given, or the default.
    pub fn text(&self, flag: &str) -> &str {
        let given = self.given.get(flag).and_then(|all| all.last()).map(String::as_str);
        given.or_else(|| self.defaults.get(flag).copied()).unwrap_or("")
    }

    /// As if the flag had not been typed.
    pub fn forget(&mut self, flag: &str) {
        self.given.remove(flag);
    }

    /// Like [`Args::text`], but `None` when it was not typed.
    pub fn given(&self, flag: &str) -> Option<&str> {
        self.given.get(flag).and_then(|all| all.last()).map(String::as_str)
    }

    pub fn bool(&self, flag: &str) -> bool {
        parse_bool(self.text(flag)).unwrap_or(false)
    }

    /// All values of a list or array flag, lists split at commas.
    pub fn all(&self, flag: &str) -> Vec<String> {
        self.given.get(flag).cloned().unwrap_or_default()
    }

    /// The value of an integer flag (checked while parsing).
    pub fn int(&self, flag: &str) -> i64 {
        self.text(flag).parse().unwrap_or(0)
    }

    /// The value of a duration flag (checked while parsing); negative ones are `None`.
    pub fn duration(&self, flag: &str) -> Option<Span> {
        parse_duration(self.text(flag)).ok().flatten()
    }

    /// Words and what stands behind `--`, as cobra hands them to most verbs.
    pub fn positional(&self) -> Vec<String> {
        self.words.iter().chain(self.rest.iter().flatten()).cloned().collect()
    }

    /// Reads what was typed after the verb. `path` is `kubectl get`, for the errors.
    ///
    /// # Errors
    /// pflag's, with the hint at `--help`.
    pub fn parse(argv: &[String], tables: &[&'static [Flag]], path: &str) -> Result<Args, Failure> {
        let mut args = Args { path: path.into(), ..Args::default() };
        let flags: Vec<&'static Flag> = tables.iter().flat_map(|t| t.iter()).chain(GLOBAL).collect();
        for flag in flags.iter().rev() {
            args.defaults.insert(flag.name, flag.default);
        }
        let usage = |what: String| Failure::plain(format!("error: {what}\nSee '{path} --help' for usage."));
        let mut words = argv.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                args.rest = Some(words.cloned().collect());
                break;
            } else if let Some(long) = word.strip_prefix("--") {
                args.long(long, &flags, &mut words).map_err(usage)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.shorts(&word[1..], &flags, &mut words).map_err(usage)?;
            } else {
                args.words.push(word.clone());
            }
        }
        Ok(args)
    }

    fn long(
        &mut self,
        long: &str,
        flags: &[&'static Flag],
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), String> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (long, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: --{long}"));
        }
        let name = name.replace('_', "-");
        let Some(flag) = flags.iter().find(|flag| flag.name == name) else {
            if name == "help" {
                self.help = true;
                return Ok(());
            }
            return Err(format!("unknown flag: --{name}"));
        };
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Bool) => "true".into(),
            (None, Takes::Optional(bare)) => bare.into(),
            (None, _) => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(flag, value)
    }

    fn shorts(
        &mut self,
        letters: &str,
        flags: &[&'static Flag],
        words: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), String> {
        let mut left = letters;
        while let Some(letter) = left.chars().next() {
            let after = &left[letter.len_utf8()..];
            let Some(flag) = flags.iter().find(|flag| flag.short == Some(letter)) else {
                if letter == 'h' {
                    self.help = true;
                    return Ok(());
                }
                return Err(format!("unknown shorthand flag: '{letter}' in -{left}"));
            };
            if let Some(value) = after.strip_prefix('=') {
                return self.set(flag, value.into());
            }
            match flag.takes {
                Takes::Bool => self.set(flag, "true".into())?,
                Takes::Optional(bare) => self.set(flag, bare.into())?,
                _ if !after.is_empty() => return self.set(flag, after.into()),
                _ => {
                    let value = words
                        .next()
                        .cloned()
                        .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{left}"))?;
                    return self.set(flag, value);
                }
            }
            left = after;
        }
        Ok(())
    }

    fn set(&mut self, flag: &'static Flag, value: String) -> Result<(), String> {
        let wrong = |why: String| format!("invalid argument {value:?} for \"{}\" flag: {why}", flag.title());
        self.typed.push((flag.name, value.clone()));
        let all = self.given.entry(flag.name).or_default();
        match flag.takes {
            Takes::Bool => {
                parse_bool(&value).ok_or_else(|| wrong(go_parse("ParseBool", &value)))?;
                *all = vec![value];
            }
            Takes::Int => {
                parse_int(&value).map_err(wrong)?;
                let number = parse_int(&value).unwrap_or(0);
                *all = vec![number.to_string()];
            }
            Takes::Duration => {
                parse_duration(&value).map_err(wrong)?;
                *all = vec![value];
            }
            Takes::Text | Takes::Optional(_) => *all = vec![value],
            Takes::Array => all.push(value),
            Takes::List => all.extend(split_list(&value)),
        }
        Ok(())
    }
}

/// The values of a list flag: commas part them, quotes keep them together.
fn split_list(value: &str) -> Vec<String> {
    let mut all = vec![];
    let mut item = String::new();
    let mut quoted = false;
    for c in value.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut item)),
            c => item.push(c),
        }
    }
    if !value.is_empty() {
        all.push(item);
    }
    all
}

fn go_parse(function: &str, value: &str) -> String {
    format!("strconv.{function}: parsing {value:?}: invalid syntax")
}

/// As Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

fn parse_int(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(go_parse("ParseInt", text));
    }
    text.trim_start_matches('+').parse().map_err(|_| format!("strconv.ParseInt: parsing {text:?}: value out of range"))
}

/// Go's `time.ParseDuration`: `Ok(None)` for a negative one.
///
/// # Errors
/// Go's words.
pub fn parse_duration(text: &str) -> Result<Option<Span>, String> {
    let wrong = || format!("time: invalid duration {text:?}");
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if body == "0" {
        return Ok(Some(Span::ZERO));
    }
    if body.is_empty() {
        return Err(wrong());
    }
    let mut left = body;
    let mut micros: u64 = 0;
    while !left.is_empty() {
        let end = left.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(left.len());
        let (number, rest) = left.split_at(end);
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_end);
        if number.is_empty() || number == "." || number.matches('.').count() > 1 {
            return Err(wrong());
        }
        let scale: u64 = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 0,
            "us" | "µs" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
        micros = micros.saturating_add(whole.saturating_mul(scale));
        let mut step = scale;
        for digit in part.bytes() {
            step /= 10;
            micros = micros.saturating_add(u64::from(digit - b'0') * step);
        }
        left = rest;
    }
    Ok((!negative).then_some(Span(micros / 1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        static FLAGS: &[Flag] =
            &[Flag::int("tail", "-1", ""), Flag::bool("watch", "").short('w'), Flag::list("show", "")];
        let argv: Vec<String> = line.split_whitespace().map(String::from).collect();
        Args::parse(&argv, &[FLAGS], "kubectl get").map_err(|f| f.message)
    }

    #[test]
    fn flags_stand_anywhere_and_take_values_both_ways() {
        let args = parse("pods -wn blue --tail=3 web --show a,b --show c -- x -y").expect("it is right");
        assert_eq!(args.words, ["pods", "web"]);
        assert_eq!((args.text("namespace"), args.int("tail"), args.bool("watch")), ("blue", 3, true));
        assert_eq!(args.all("show"), ["a", "b", "c"]);
        assert_eq!(args.rest.as_deref(), Some(&["x".to_string(), "-y".to_string()][..]));
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_pflag() {
        let hint = "\nSee 'kubectl get --help' for usage.";
        for (line, expected) in [
            ("--nope", "error: unknown flag: --nope"),
            ("-z", "error: unknown shorthand flag: 'z' in -z"),
            ("--tail", "error: flag needs an argument: --tail"),
            ("-n", "error: flag needs an argument: 'n' in -n"),
            (
                "--tail=abc",
                "error: invalid argument \"abc\" for \"--tail\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax",
            ),
            (
                "-w=x",
                "error: invalid argument \"x\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(parse(line).err(), Some(format!("{expected}{hint}")), "{line}");
        }
    }

    #[test]
    fn durations_read_as_in_go() {
        assert_eq!(parse_duration("1m30.5s"), Ok(Some(Span(90_500))));
        assert_eq!(parse_duration("-1s"), Ok(None));
        assert_eq!(parse_duration("abc"), Err("time: invalid duration \"abc\"".into()));
        assert_eq!(parse_duration("5"), Err("time: missing unit in duration \"5\"".into()));
    }
}
