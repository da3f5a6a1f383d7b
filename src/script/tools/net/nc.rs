//! nc: whether a port answers, or bytes to it. ping: echo and reply.
//!
//! Models: busybox. Left out: listening, interactive connections.

use crate::script::host::{Got, Host, Job, Launch, Poll, Signal, Ticket, Wake, Want};
use crate::script::sys::Sys;
use crate::script::tools::sleep;
use crate::time::{Span, Time};

const PATIENCE: Span = Span(127_000);

#[derive(Clone)]
struct Nc {
    host: String,
    port: u16,
    probe: bool,
    loud: bool,
    udp: bool,
    timeout: Span,
    input: Vec<u8>,
    asked: Option<(Ticket, Time)>,
    silence: bool,
}

pub fn nc(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut nc = Nc {
        host: String::new(),
        port: 0,
        probe: false,
        loud: false,
        udp: false,
        timeout: PATIENCE,
        input: vec![],
        asked: None,
        silence: false,
    };
    let mut words = vec![];
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix('-') {
            Some(flags) if !flags.is_empty() => {
                for flag in flags.chars() {
                    match flag {
                        'z' => nc.probe = true,
                        'v' => nc.loud = true,
                        'u' => nc.udp = true,
                        'w' => nc.timeout = rest.next().and_then(|t| sleep::parse(t)).unwrap_or(PATIENCE),
                        'l' => {
                            sys.err("nc: listening is left out here\n");
                            return Launch::Done(1);
                        }
                        _ => {}
                    }
                }
            }
            _ => words.push(arg.clone()),
        }
    }
    let port = words.get(1).and_then(|p| p.parse().ok());
    let (Some(host), Some(port)) = (words.first(), port) else {
        sys.err("usage: nc [-uvz] [-w SECONDS] HOST PORT\n");
        return Launch::Done(1);
    };
    (nc.host, nc.port) = (host.clone(), port);
    Launch::Job(Box::new(nc))
}

impl Nc {
    fn place(&self, address: &str) -> String {
        format!("{} ({}:{})", self.host, address.split(':').next().unwrap_or(address), self.port)
    }

    fn take(&self, got: Got, sys: &mut Sys<'_>) -> i32 {
        match got {
            Got::Connected { address } => {
                if self.loud {
                    sys.err(&format!("{} open\n", self.place(&address)));
                }
                0
            }
            Got::Bytes { bytes, .. } => {
                sys.write(1, &bytes);
                0
            }
            Got::NoSuchName | Got::NoResolver => {
                sys.err(&format!("nc: bad address '{}'\n", self.host));
                1
            }
            Got::Refused { address } => {
                if self.loud || !self.probe {
                    sys.err(&format!("nc: {}: Connection refused\n", self.place(&address)));
                }
                1
            }
            Got::NoRoute { address } => {
                sys.err(&format!("nc: {}: Host is unreachable\n", self.place(&address)));
                1
            }
            _ => 1,
        }
    }
}

impl Job for Nc {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let Some((ticket, since)) = self.asked else {
            if !self.probe {
                let mut input = std::mem::take(&mut self.input);
                let all = sys.read_all(&mut input);
                self.input = input;
                if !all {
                    return Poll::Wait(Wake::input());
                }
            }
            let want = match self.probe {
                true => Want::Connect { host: self.host.clone(), port: self.port },
                false => {
                    Want::Raw { host: self.host.clone(), port: self.port, udp: self.udp, bytes: self.input.clone() }
                }
            };
            self.asked = Some((sys.ask(want), sys.now));
            return Poll::Wait(Wake::net().or(Wake::at(sys.now + self.timeout)));
        };
        if !self.silence {
            match sys.answer(ticket) {
                Some(Got::Silence { .. } | Got::Hung { .. }) => self.silence = true,
                Some(got) => return Poll::Done(self.take(got, sys)),
                None => {}
            }
        }
        let end = since + self.timeout;
        if sys.now < end {
            return Poll::Wait(Wake::net().or(Wake::at(end)));
        }
        sys.err(&format!("nc: {}: Operation timed out\n", self.place(&self.host)));
        Poll::Done(1)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct Ping {
    host: String,
    count: u32,
    sent: u32,
    got: u32,
    times: Vec<u64>,
    asked: Option<Ticket>,
    next: Time,
    address: Option<String>,
    last: Option<Time>,
}

pub fn ping(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut ping = Ping {
        host: String::new(),
        count: u32::MAX,
        sent: 0,
        got: 0,
        times: vec![],
        asked: None,
        next: sys.now,
        address: None,
        last: None,
    };
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-c" => ping.count = rest.next().and_then(|n| n.parse().ok()).unwrap_or(1),
            a if a.starts_with("-c") => ping.count = a[2..].parse().unwrap_or(1),
            "-W" | "-w" | "-i" | "-s" => {
                rest.next();
            }
            a if a.starts_with('-') => {}
            host => ping.host = host.to_owned(),
        }
    }
    if ping.host.is_empty() {
        sys.err("Usage: ping [OPTIONS] HOST\n");
        return Launch::Done(1);
    }
    Launch::Job(Box::new(ping))
}

impl Ping {
    fn summary(&self, sys: &mut Sys<'_>) -> i32 {
        let lost = 100 * (self.sent - self.got) / self.sent.max(1);
        sys.out(&format!(
            "\n--- {} ping statistics ---\n{} packets transmitted, {} packets received, {lost}% packet loss\n",
            self.host, self.sent, self.got
        ));
        if let (Some(low), Some(high)) = (self.times.iter().min(), self.times.iter().max()) {
            let mean = self.times.iter().sum::<u64>() / self.times.len() as u64;
            let ms = |n: u64| format!("{}.{:03}", n / 1000, n % 1000);
            sys.out(&format!("round-trip min/avg/max = {}/{}/{} ms\n", ms(*low), ms(mean), ms(*high)));
        }
        i32::from(self.got == 0)
    }

    fn head(&mut self, address: &str, sys: &mut Sys<'_>) {
        if self.address.is_none() {
            sys.out(&format!("PING {} ({address}): 56 data bytes\n", self.host));
            self.address = Some(address.to_owned());
        }
    }
}

impl Job for Ping {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some(ticket) = self.asked
            && let Some(got) = sys.answer(ticket)
        {
            self.asked = None;
            match got {
                Got::Pong { address, micros } => {
                    self.head(&address, sys);
                    let (seq, ms, rest) = (self.sent - 1, micros / 1000, micros % 1000);
                    sys.out(&format!("64 bytes from {address}: seq={seq} ttl=62 time={ms}.{rest:03} ms\n"));
                    self.got += 1;
                    self.times.push(micros);
                }
                Got::NoSuchName | Got::NoResolver => {
                    sys.err(&format!("ping: bad address '{}'\n", self.host));
                    return Poll::Done(1);
                }
                Got::Silence { address } | Got::Refused { address } | Got::NoRoute { address } => {
                    self.head(&address, sys)
                }
                _ => {}
            }
        }
        if self.sent >= self.count {
            let end = *self.last.get_or_insert(sys.now + Span::seconds(if self.got == self.sent { 0 } else { 10 }));
            if self.got == self.sent || sys.now >= end {
                return Poll::Done(self.summary(sys));
            }
            return Poll::Wait(Wake::net().or(Wake::at(end)));
        }
        if sys.now >= self.next {
            self.asked = Some(sys.ask(Want::Ping { host: self.host.clone() }));
            self.sent += 1;
            self.next = sys.now + Span::seconds(1);
        }
        let due = if self.sent >= self.count { sys.now + Span::seconds(10) } else { self.next };
        Poll::Wait(Wake::net().or(Wake::at(due)))
    }

    fn signal(&mut self, _signal: Signal, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        Some(self.summary(sys))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
