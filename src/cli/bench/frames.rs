//! What the page does, without the page: frame after frame at 64 times the speed while many pods become ready. Shows the
//! longest frame, and whether the cluster or the picture took it.

use super::wall_clock;
use pilothouse::scene::{Size, Stage, View};
use pilothouse::session::Session;
use pilothouse::world::Spec;

/// What the page gives the cluster of each frame, in milliseconds.
const BUDGET: f64 = 9.0;
const FRAME: f64 = 1000.0 / 60.0;
/// A frame longer than this is seen.
const SEEN: f64 = 33.0;

pub fn figures(pods: usize, workers: u32) -> Result<(), String> {
    let mut session = Session::with(Spec { workers, ..Spec::default() }, 1);
    session.pace.speed = 64.0;
    session.submit(&format!("kubectl create deployment web --image=nginx --replicas={pods}"));
    let view = View { speed: 64.0, ..View::default() };
    let (mut stage, size) = (Stage::new(), Size { w: 1200.0, h: 900.0 });
    let (mut frames, mut seen, mut worst) = (0u32, 0u32, [0f64; 3]);
    let (start, mut elapsed) = (wall_clock(), FRAME);
    while !frames.is_multiple_of(16) || super::converge::ready(&session.world) < pods {
        if wall_clock() - start > 300_000.0 {
            return Err(format!("{pods} pods on {workers} nodes: not ready after five minutes"));
        }
        let began = wall_clock();
        session.frame(elapsed, &mut || wall_clock() - began < BUDGET);
        let ran = wall_clock();
        stage.frame(&session.world, &view, session.world.now, size, elapsed as f32);
        let ended = wall_clock();
        let parts = [ended - began, ran - began, ended - ran];
        worst.iter_mut().zip(parts).for_each(|(worst, part)| *worst = worst.max(part));
        seen += u32::from(parts[0] > SEEN);
        frames += 1;
        elapsed = parts[0].clamp(FRAME, 100.0);
    }
    println!(
        "{pods:>6} pods, {workers:>4} workers in frames: {frames} frames, {seen} over {SEEN} ms; worst {:.0} ms (cluster {:.0}, picture {:.0}); {:.1} s in all",
        worst[0],
        worst[1],
        worst[2],
        (wall_clock() - start) / 1000.0,
    );
    Ok(())
}
