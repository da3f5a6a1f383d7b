//! The four easings of the chart, as cubic Béziers from (0,0) to (1,1).

/// A cubic Bézier easing by its two inner points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ease(f32, f32, f32, f32);

/// Arrivals, fills, gaps.
pub const SETTLE: Ease = Ease(0.2, 0.8, 0.2, 1.0);
/// Flights.
pub const CARRY: Ease = Ease(0.45, 0.05, 0.25, 1.0);
/// Denied: full speed, then nothing.
pub const STOP: Ease = Ease(0.5, 0.0, 1.0, 1.0);

impl Ease {
    /// The eased share at the share `t` of the time.
    pub fn at(self, t: f32) -> f32 {
        if t <= 0.0 {
            return 0.0;
        }
        if t >= 1.0 {
            return 1.0;
        }
        let curve = |a: f32, b: f32, u: f32| {
            let v = 1.0 - u;
            3.0 * v * v * u * a + 3.0 * v * u * u * b + u * u * u
        };
        let (mut low, mut high) = (0.0_f32, 1.0_f32);
        for _ in 0..18 {
            let middle = (low + high) / 2.0;
            if curve(self.0, self.2, middle) < t {
                low = middle;
            } else {
                high = middle;
            }
        }
        curve(self.1, self.3, (low + high) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_easing_starts_and_ends_where_it_must_and_never_turns_back() {
        for ease in [SETTLE, CARRY, STOP] {
            assert_eq!((ease.at(0.0), ease.at(1.0)), (0.0, 1.0));
            let steps: Vec<f32> = (0..=50).map(|n| ease.at(n as f32 / 50.0)).collect();
            assert!(steps.windows(2).all(|pair| pair[0] <= pair[1] + 1e-3));
        }
    }
}
