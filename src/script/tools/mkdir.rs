//! mkdir and rmdir.

use crate::script::files::Fault;
use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut parents, mut loud, mut dirs) = (false, false, vec![]);
    let name = argv[0].as_str();
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(dir))) => dirs.push(dir),
            Ok(Some(Item::Short('p'))) => parents = true,
            Ok(Some(Item::Short('v'))) => loud = true,
            Ok(Some(Item::Short('m'))) => drop(args.value("-m")),
            Ok(Some(Item::Long(l))) if l == "parents" => parents = true,
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 1, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 1, &text)),
        }
    }
    if dirs.is_empty() {
        let text = args.bad("missing operand");
        return Launch::Done(fail(sys, 1, &text));
    }
    let mut code = 0;
    for dir in dirs {
        let result = if name == "mkdir" { make(sys, &dir, parents) } else { remove(sys, &dir, parents) };
        match result {
            Ok(()) if loud => sys.out(&format!("{name}: created directory '{dir}'\n")),
            Ok(()) => {}
            Err(text) => code = fail(sys, 1, &text),
        }
    }
    Launch::Done(code)
}

fn make(sys: &mut Sys<'_>, dir: &str, parents: bool) -> Result<(), String> {
    let (path, now) = (sys.resolve(dir), sys.now);
    let done = if dir.is_empty() {
        Err(Fault::NotFound)
    } else if parents {
        sys.files.mkdirs(&path, now)
    } else {
        sys.files.mkdir(&path, now)
    };
    let cannot = if super::args::busybox(sys) { "can't" } else { "cannot" };
    done.map_err(|fault| format!("mkdir: {cannot} create directory '{dir}': {fault}"))
}

fn remove(sys: &mut Sys<'_>, dir: &str, parents: bool) -> Result<(), String> {
    let path = sys.resolve(dir);
    sys.files.rmdir(&path).map_err(|fault| format!("rmdir: failed to remove '{dir}': {fault}"))?;
    let mut up = dir.trim_end_matches('/').to_owned();
    while parents && let Some((head, _)) = up.clone().rsplit_once('/') {
        let path = sys.resolve(head);
        if head.is_empty() || sys.files.rmdir(&path).is_err() {
            break;
        }
        up = head.to_owned();
    }
    Ok(())
}
