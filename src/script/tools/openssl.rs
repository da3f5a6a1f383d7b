//! openssl: keys, and requests for certificates that name a user.
//!
//! Models: openssl 3, `genrsa`, `genpkey` and `req`.
//! Left out: everything else; keys are chance that nobody can use.

use super::args::fail;
use crate::base::der;
use crate::script::host::Launch;
use crate::script::sys::Sys;

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let words: Vec<&str> = argv[1..].iter().map(String::as_str).collect();
    let after = |flag: &str| words.iter().position(|word| *word == flag).and_then(|at| words.get(at + 1)).copied();
    let code = match words.first().copied() {
        Some("version") => {
            sys.out("OpenSSL 3.0.15 3 Sep 2024 (Library: OpenSSL 3.0.15 3 Sep 2024)\n");
            0
        }
        Some("genrsa" | "genpkey") => put(after("-out"), &key(sys), sys),
        Some("req") if words.contains(&"-new") => request(&words, &after, sys),
        Some(other) => fail(sys, 1, &format!("openssl: {other} is left out here: genrsa, genpkey and req -new work")),
        None => fail(sys, 1, "openssl: genrsa, genpkey and req -new work here"),
    };
    Launch::Done(code)
}

/// Bytes that differ from moment to moment.
fn noise(sys: &Sys<'_>) -> impl FnMut() -> u8 + use<> {
    let mut state = sys.now.0 ^ 0x9e37_79b9_7f4a_7c15;
    move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 56) as u8
    }
}

fn key(sys: &Sys<'_>) -> String {
    let bytes: Vec<u8> = std::iter::repeat_with(noise(sys)).take(1190).collect();
    der::pem("PRIVATE KEY", &bytes)
}

fn put(out: Option<&str>, text: &str, sys: &mut Sys<'_>) -> i32 {
    let Some(path) = out else {
        sys.out(text);
        return 0;
    };
    match sys.write_whole(path, text.as_bytes()) {
        Ok(()) => 0,
        Err(fault) => fail(sys, 1, &format!("Can't open \"{path}\" for writing, {fault}")),
    }
}

fn request<'a>(words: &[&str], after: &dyn Fn(&str) -> Option<&'a str>, sys: &mut Sys<'_>) -> i32 {
    if let Some(path) = after("-keyout") {
        let key = key(sys);
        if put(Some(path), &key, sys) != 0 {
            return 1;
        }
    } else if let Some(path) = after("-key") {
        let text = sys.read_file(path).map(|data| String::from_utf8_lossy(&data).into_owned());
        if !text.is_ok_and(|text| text.contains("PRIVATE KEY-----")) {
            return fail(sys, 1, &format!("Could not read private key from {path}"));
        }
    } else if !words.contains(&"-newkey") {
        return fail(sys, 1, "openssl: req -new needs -key FILE here");
    }
    let Some(subject) = after("-subj") else {
        return fail(sys, 1, "openssl: questions are left out here: give -subj \"/CN=user/O=group\"");
    };
    if !subject.starts_with('/') {
        return fail(
            sys,
            1,
            "req: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: ",
        );
    }
    let pairs: Vec<(String, String)> = subject[1..]
        .split('/')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim().to_string(), value.to_string()))
        .collect();
    let bytes = der::request(&pairs, noise(sys));
    put(after("-out"), &der::pem("CERTIFICATE REQUEST", &bytes), sys)
}
