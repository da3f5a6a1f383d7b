//! `pilothouse draw`: the picture of the cluster after a script, as SVG on standard output.

use super::text_of;
use pilothouse::scene::stage::still;
use pilothouse::scene::svg;
use pilothouse::scene::theme::Theme;
use pilothouse::scene::view::{Lang, Lens, Size, View};
use pilothouse::transcript::Runner;

pub fn run(args: &[String]) -> u8 {
    picture(args).unwrap_or_else(|message| super::refuse("draw", message))
}

fn picture(args: &[String]) -> Result<u8, String> {
    let mut view = View::default();
    let mut theme = Theme::Light;
    let (mut width, mut height) = (1072.0, 828.0);
    let mut file = None;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--dark" => theme = Theme::Dark,
            "--ko" => view.lang = Lang::Ko,
            "--lens" => {
                let name = rest.next().map_or("", String::as_str);
                view.lens = Lens::named(name).ok_or_else(|| format!("there is no lens {name:?}"))?;
            }
            "--size" => {
                let size = rest.next().and_then(|size| size.split_once('x'));
                let parsed = size.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
                (width, height) = parsed.ok_or("--size wants WIDTHxHEIGHT")?;
            }
            flag if flag.starts_with("--") => return Err(format!("unknown flag {flag}")),
            path => file = Some(path.to_string()),
        }
    }
    let mut world = super::cluster();
    if let Some(path) = file {
        let (_, runner) =
            Runner::play_all(world, &text_of(&path)?, |_| {}).map_err(|mistake| format!("{path}: {mistake}"))?;
        world = runner.world;
    }
    let shapes = still(&world, &view, world.now, Size { w: width, h: height });
    println!("{}", svg::draw(&shapes, width, height, theme, "Pilothouse"));
    Ok(0)
}
