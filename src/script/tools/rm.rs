//! rm: removes files. -r with directories, -f without complaint, -v.

use crate::script::files::What;
use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let (mut recursive, mut force, mut loud, mut dirs, mut paths) = (false, false, false, false, vec![]);
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(path))) => paths.push(path),
            Ok(Some(Item::Short('r' | 'R'))) => recursive = true,
            Ok(Some(Item::Short('f'))) => force = true,
            Ok(Some(Item::Short('v'))) => loud = true,
            Ok(Some(Item::Short('d'))) => dirs = true,
            Ok(Some(Item::Short('i' | 'I'))) => {}
            Ok(Some(Item::Long(l))) if l == "recursive" => recursive = true,
            Ok(Some(Item::Long(l))) if l == "force" => force = true,
            Ok(Some(Item::Long(l))) if l == "no-preserve-root" => {}
            Ok(Some(item)) => {
                let text = args.unknown(&item);
                return Launch::Done(fail(sys, 1, &text));
            }
            Err(text) => return Launch::Done(fail(sys, 1, &text)),
        }
    }
    if paths.is_empty() {
        if force {
            return Launch::Done(0);
        }
        let text = args.bad("missing operand");
        return Launch::Done(fail(sys, 1, &text));
    }
    let mut code = 0;
    for path in paths {
        let full = sys.resolve(&path);
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        if matches!(last, "." | "..") {
            code = fail(sys, 1, &format!("rm: refusing to remove '.' or '..' directory: skipping '{path}'"));
            continue;
        }
        if full == "/" {
            code = fail(
                sys,
                1,
                "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe",
            );
            continue;
        }
        let result = match sys.files.lstat(&full) {
            Ok(s) if s.kind == What::Dir && recursive => sys.files.remove_all(&full),
            Ok(s) if s.kind == What::Dir && dirs => sys.files.rmdir(&full),
            Ok(_) => sys.files.unlink(&full),
            Err(fault) => Err(fault),
        };
        match result {
            Ok(()) if loud => sys.out(&format!("removed '{path}'\n")),
            Ok(()) => {}
            Err(crate::script::files::Fault::NotFound) if force => {}
            Err(fault) if super::args::busybox(sys) => {
                code = fail(sys, 1, &format!("rm: can't remove '{path}': {fault}"))
            }
            Err(fault) => code = fail(sys, 1, &format!("rm: cannot remove '{path}': {fault}")),
        }
    }
    Launch::Done(code)
}
