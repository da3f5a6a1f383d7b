//! What the language promises: a process is data, bounded, and always in the learner's hand.

use std::any::Any;

use super::files::Files;
use super::host::{Host, Launch};
use super::machine::{Process, Start, Status};
use super::shell::Dialect;
use super::sys::Sys;
use super::tools;
use crate::time::{Span, Time};

struct Bench(Time);

impl Host for Bench {
    fn now(&self) -> Time {
        self.0
    }
    fn knows(&self, name: &str) -> bool {
        tools::knows(name)
    }
    fn names(&self) -> Vec<String> {
        vec![]
    }
    fn launch(&mut self, argv: &[String], sys: &mut Sys<'_>) -> Option<Launch> {
        tools::launch(argv, sys)
    }
    fn any(&mut self) -> &mut dyn Any {
        self
    }
}

fn output(process: &mut Process) -> String {
    process.take_output().iter().map(|p| String::from_utf8_lossy(&p.bytes).into_owned()).collect()
}

/// Polls until it ends or rests for ever, letting time pass; at most an hour.
fn play(process: &mut Process, host: &mut Bench, files: &mut Files) -> String {
    let mut out = String::new();
    for _ in 0..2000 {
        let status = process.poll(host, files, 5000);
        out.push_str(&output(process));
        match status {
            Status::Exited(_) | Status::Idle => break,
            Status::Running => host.0 += Span(10),
            Status::Waiting(wake) => match wake.at {
                Some(at) if at.0 < 3_600_000 => host.0 = host.0.max(at),
                _ => break,
            },
        }
    }
    out
}

fn container(script: &str) -> Process {
    Process::exec(&Start::default(), &["sh", "-c", script].map(str::to_owned))
}

#[test]
fn a_process_cloned_in_the_middle_of_a_sleep_goes_on_twice_the_same_way() {
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut first = container("for i in 1 2 3; do echo $i $(date +%S); sleep 5; done | cat; echo done > /tmp/end");
    first.poll(&mut host, &mut files, 5000);
    assert_eq!(output(&mut first), "1 00\n");
    let (mut second, mut other) = (first.clone(), files.clone());
    let mut later = Bench(host.0);
    let one = play(&mut first, &mut host, &mut files);
    let two = play(&mut second, &mut later, &mut other);
    assert_eq!((one.as_str(), &one), ("2 05\n3 10\n", &two));
    assert_eq!(files.text("/tmp/end"), other.text("/tmp/end"));
    assert_eq!(first.exited(), Some(0));
}

#[test]
fn an_endless_loop_gives_the_hand_back_and_ctrl_c_ends_it() {
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut shell = Process::shell(&Start { dialect: Dialect::Bash, name: "bash".into(), ..Start::default() });
    shell.submit("while true; do :; done");
    for _ in 0..5 {
        assert_eq!(shell.poll(&mut host, &mut files, 1000), Status::Running);
    }
    shell.interrupt(&mut host, &mut files);
    assert_eq!((shell.busy(), shell.top().map(|s| s.status)), (false, Some(130)));
    shell.submit("echo $?");
    assert_eq!(play(&mut shell, &mut host, &mut files), "130\n");
}

#[test]
fn a_fork_bomb_is_refused_and_over_soon() {
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut shell = Process::shell(&Start { dialect: Dialect::Bash, name: "bash".into(), ..Start::default() });
    shell.submit(":(){ :|:& };:");
    let text = play(&mut shell, &mut host, &mut files);
    assert!(text.contains("fork: retry: Resource temporarily unavailable"), "{text}");
    assert!(text.lines().count() < 20 && !shell.has_background(), "{text}");
}

#[test]
fn the_first_process_of_a_container_hears_a_signal_only_if_it_has_a_trap() {
    use super::host::Signal;
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut deaf = container("sleep 3600; echo no");
    let mut polite = container("trap 'echo bye; exit 3' TERM; while true; do sleep 1; done");
    for process in [&mut deaf, &mut polite] {
        process.poll(&mut host, &mut files, 5000);
        process.signal(Signal::Term, true, &mut host, &mut files);
    }
    host.0 = Time(1500);
    assert!(matches!(deaf.poll(&mut host, &mut files, 5000), Status::Waiting(_)));
    assert_eq!(polite.poll(&mut host, &mut files, 5000), Status::Exited(3));
    assert_eq!(output(&mut polite), "bye\n");
    deaf.signal(Signal::Kill, true, &mut host, &mut files);
    assert_eq!(deaf.exited(), Some(137));
}

#[test]
fn small_images_speak_busybox() {
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut process = container("nosuch; cd /x; echo a > /no/b; cat < /no; echo $((2+3))");
    let text = play(&mut process, &mut host, &mut files);
    assert_eq!(
        text,
        "sh: nosuch: not found\nsh: cd: can't cd to /x: No such file or directory\nsh: can't create /no/b: nonexistent directory\n\
         sh: can't open /no: no such file\n5\n"
    );
}

#[test]
fn standard_input_reaches_a_reader_as_it_comes() {
    let (mut host, mut files) = (Bench(Time::ZERO), Files::new());
    let mut process = container("while read x; do echo got $x; done; echo end");
    process.feed(b"one\ntw");
    process.poll(&mut host, &mut files, 5000);
    assert_eq!(output(&mut process), "got one\n");
    process.feed(b"o\n");
    process.end_input();
    assert_eq!(play(&mut process, &mut host, &mut files), "got two\nend\n");
}
