//! Where ConfigMaps and Secrets get their data: literals, files, directories, env files.
//!
//! Models: `kubectl/pkg/cmd/create/create_configmap.go`, `kubectl/pkg/cmd/util/env_file.go`.

use super::super::{Args, Cx, Failure};
use crate::api::validation::text;
use std::collections::BTreeMap;

/// Keys and their bytes.
pub type Data = BTreeMap<String, Vec<u8>>;

/// What the words call the object.
pub struct For<'a> {
    /// `ConfigMap`, `Secret`.
    pub kind: &'static str,
    pub name: &'a str,
}

/// Reads `--from-file`, `--from-literal`, `--from-env-file`.
///
/// # Errors
/// kubectl's words.
pub fn read(args: &Args, of: &For<'_>, cx: &mut Cx<'_>) -> Result<Data, Failure> {
    let env_files = args.all("from-env-file");
    if !env_files.is_empty() && (args.has("from-file") || args.has("from-literal")) {
        return Err(Failure::error("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut data = Data::new();
    for source in args.all("from-file") {
        from_file(&source, of, cx, &mut data)?;
    }
    for source in args.all("from-literal") {
        let (key, value) = literal(&source)?;
        add(&mut data, of, key, value.as_bytes().to_vec())?;
    }
    for path in env_files {
        for (key, value) in env_file(&path, cx)? {
            add(&mut data, of, &key, value.into_bytes())?;
        }
    }
    Ok(data)
}

fn literal(source: &str) -> Result<(&str, &str), Failure> {
    source
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| Failure::error(format!("invalid literal source {source}, expected key=value")))
}

fn from_file(source: &str, of: &For<'_>, cx: &mut Cx<'_>, data: &mut Data) -> Result<(), Failure> {
    let (key, path) = match source.split_once('=') {
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (Some(key), path),
        Some(("", _)) => return Err(Failure::error(format!("key name for file path {} missing", &source[1..]))),
        Some((key, "")) => return Err(Failure::error(format!("file path for key name {key} missing"))),
        Some(_) => return Err(Failure::error("key names or file paths cannot contain '='")),
        None => (None, source),
    };
    if let Some(names) = cx.desk.list(path) {
        if key.is_some() {
            return Err(Failure::error("cannot give a key name for a directory path"));
        }
        let base = path.trim_end_matches('/');
        for name in names {
            let file = format!("{base}/{name}");
            if cx.desk.list(&file).is_none() && text::config_key(&name).is_empty() {
                let bytes =
                    cx.desk.read(&file).map_err(|why| Failure::error(format!("error reading {file}: {why}")))?;
                add(data, of, &name, bytes.to_vec())?;
            }
        }
        return Ok(());
    }
    let bytes = cx.desk.read(path).map_err(|why| Failure::error(format!("error reading {path}: {why}")))?;
    let key = key.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
    add(data, of, key, bytes.to_vec())
}

fn add(data: &mut Data, of: &For<'_>, key: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    let problems = text::config_key(key);
    if !problems.is_empty() {
        return Err(Failure::error(format!(
            "\"{key}\" is not a valid key name for a {}: {}",
            of.kind,
            problems.join(",")
        )));
    }
    if data.contains_key(key) {
        return Err(Failure::error(if of.kind == "Secret" {
            format!("cannot add key {key}, another key by that name already exists")
        } else {
            format!(
                "cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap \"{}\"",
                of.name
            )
        }));
    }
    data.insert(key.into(), bytes);
    Ok(())
}

fn env_file(path: &str, cx: &mut Cx<'_>) -> Result<Vec<(String, String)>, Failure> {
    let bytes = cx.desk.read(path).map_err(|why| Failure::error(format!("env config file {path}: {why}")))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut pairs = vec![];
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').map_or((line, None), |(key, value)| (key, Some(value.to_string())));
        let problems = text::env_name(key);
        if !problems.is_empty() {
            return Err(Failure::error(format!("\"{key}\" is not a valid key name: {}", problems.join(";"))));
        }
        let value = value.unwrap_or_else(|| cx.desk.env(key).unwrap_or_default());
        pairs.push((key.to_string(), value));
    }
    Ok(pairs)
}
