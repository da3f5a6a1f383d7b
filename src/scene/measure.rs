//! Text widths without a browser: advance widths of the two shipped families, so that the layout knows what fits.
//! The mono family has one width; Hangul comes from system fonts and is close to one em.
//!
//! Left out: kerning, which is under half a pixel in a label.

/// Width in px of `text` in the sans family.
pub fn sans(text: &str, size: f32, weight: u16) -> f32 {
    let (ascii, other): (&[u16; 95], usize) = match weight {
        600.. => (&STRONG, 2),
        500.. => (&MEDIUM, 1),
        _ => (&REGULAR, 0),
    };
    let mut sum: u32 = 0;
    for c in text.chars() {
        sum += match c {
            ' '..='~' => u32::from(ascii[c as usize - 32]),
            '\u{1100}'.. => match OTHER.iter().find(|(other, _)| *other == c) {
                Some((_, widths)) => u32::from(widths[other]),
                None => 9200,
            },
            _ => OTHER.iter().find(|(other, _)| *other == c).map_or(6000, |(_, widths)| u32::from(widths[other])),
        };
    }
    sum as f32 * size / 10_000.0
}

/// Width in px of `text` in the mono family.
pub fn mono(text: &str, size: f32) -> f32 {
    let ems: f32 = text.chars().map(|c| if is_wide(c) { 1.0 } else { 0.6 }).sum();
    ems * size
}

/// Hangul and other ideographs, drawn by a system font about one em wide.
fn is_wide(c: char) -> bool {
    ('\u{1100}'..'\u{2000}').contains(&c) || c >= '\u{2e80}'
}

/// The longest tail of a name that fits: whole, then without its leading dash parts, then nothing.
/// The tail of a pod's name is what tells it from its siblings; a name is never cut in the middle of a part.
pub fn tail(name: &str, room: f32, size: f32) -> &str {
    let mut rest = name;
    loop {
        if mono(rest, size) <= room {
            return rest;
        }
        match rest.split_once('-') {
            Some((_, after)) if !after.is_empty() => rest = after,
            _ => return "",
        }
    }
}

/// The text if it fits the room, else nothing: a word on the chart is dropped, never cut.
pub fn fits(text: &str, room: f32, size: f32, weight: u16) -> &str {
    if sans(text, size, weight) <= room { text } else { "" }
}

/// Ten-thousandths of an em, space to tilde, weight 400.
static REGULAR: [u16; 95] = [
    2812, 2784, 4034, 6307, 6378, 8125, 6392, 2216, 3622, 3622, 5000, 6591, 2798, 4602, 2756, 3565, 6250, 4645, 6051,
    6364, 6420, 6080, 6236, 5710, 6165, 6236, 2756, 2798, 6591, 6591, 6591, 5071, 9361, 6761, 6506, 7273, 7188, 5980,
    5866, 7429, 7401, 2642, 5426, 6520, 5625, 8892, 7528, 7614, 6349, 7614, 6392, 6378, 6420, 7415, 6761, 9489, 6420,
    6648, 6250, 3622, 3565, 3622, 4688, 4517, 4972, 5639, 6207, 5582, 6207, 5824, 3608, 6094, 5909, 2372, 2372, 5440,
    2372, 8693, 5852, 5966, 6094, 6094, 3722, 5227, 3636, 5810, 5568, 8125, 5398, 5568, 5412, 3622, 3267, 3622, 6591,
];

/// Ten-thousandths of an em, space to tilde, weight 500.
static MEDIUM: [u16; 95] = [
    2649, 2937, 3999, 6371, 6435, 8281, 6509, 2173, 3778, 3778, 5217, 6658, 2876, 4631, 2830, 3675, 6460, 4727, 6133,
    6442, 6541, 6200, 6357, 5788, 6314, 6357, 2830, 2876, 6658, 6658, 6658, 5256, 9677, 6999, 6541, 7354, 7216, 6030,
    5859, 7489, 7422, 2695, 5518, 6644, 5643, 8977, 7468, 7681, 6392, 7685, 6449, 6435, 6509, 7376, 6999, 9780, 6662,
    6847, 6388, 3778, 3675, 3778, 4751, 4599, 4972, 5692, 6257, 5678, 6257, 5874, 3690, 6172, 6019, 2489, 2489, 5565,
    2489, 8835, 5973, 6023, 6172, 6172, 3842, 5359, 3718, 5945, 5664, 8249, 5511, 5664, 5515, 3778, 3423, 3778, 6658,
];

/// Ten-thousandths of an em, space to tilde, weight 600.
static STRONG: [u16; 95] = [
    2482, 3089, 3960, 6431, 6491, 8438, 6626, 2131, 3935, 3935, 5433, 6726, 2951, 4659, 2905, 3786, 6669, 4808, 6214,
    6516, 6658, 6325, 6481, 5870, 6460, 6481, 2905, 2951, 6726, 6726, 6726, 5440, 9993, 7237, 6573, 7436, 7244, 6076,
    5856, 7550, 7440, 2749, 5607, 6768, 5661, 9062, 7408, 7749, 6435, 7756, 6506, 6491, 6598, 7337, 7237, 10067, 6903,
    7045, 6527, 3935, 3786, 3935, 4812, 4680, 4972, 5746, 6303, 5774, 6303, 5927, 3771, 6254, 6129, 2607, 2607, 5689,
    2607, 8977, 6097, 6080, 6246, 6246, 3967, 5490, 3800, 6083, 5760, 8374, 5625, 5760, 5618, 3935, 3580, 3935, 6726,
];

/// The signs the fonts are subset to.
static OTHER: &[(char, [u16; 3])] = &[
    ('\u{a0}', [2812, 2649, 2482]),
    ('\u{b0}', [4545, 4563, 4581]),
    ('\u{b7}', [2756, 2830, 2905]),
    ('\u{d7}', [6591, 6658, 6726]),
    ('\u{2013}', [5000, 5000, 5000]),
    ('\u{2014}', [10000, 10000, 10000]),
    ('\u{2018}', [1989, 2134, 2280]),
    ('\u{2019}', [1847, 1992, 2138]),
    ('\u{201c}', [3807, 3942, 4080]),
    ('\u{201d}', [3807, 3942, 4073]),
    ('\u{2022}', [5625, 5295, 4964]),
    ('\u{2026}', [8210, 8136, 8061]),
    ('\u{2190}', [9545, 9545, 9545]),
    ('\u{2191}', [9545, 9545, 9545]),
    ('\u{2192}', [9545, 9545, 9545]),
    ('\u{2193}', [9545, 9545, 9545]),
    ('\u{2212}', [6591, 6658, 6726]),
    ('\u{2260}', [6591, 6658, 6726]),
    ('\u{2264}', [6591, 6658, 6726]),
    ('\u{2265}', [6591, 6658, 6726]),
    ('\u{2713}', [8807, 8807, 8807]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_unique_tail() {
        assert_eq!(tail("web-7c9f4d6b5-x2vqp", 200.0, 11.5), "web-7c9f4d6b5-x2vqp");
        assert_eq!(tail("web-7c9f4d6b5-x2vqp", 60.0, 11.5), "x2vqp");
        assert_eq!(tail("web-7c9f4d6b5-x2vqp", 10.0, 11.5), "");
    }

    #[test]
    fn widths_follow_the_font() {
        assert!((sans("Running", 11.0, 500) - 42.2).abs() < 2.0);
        assert_eq!(mono("abc", 10.0), 18.0);
        assert!(sans("\u{d30c}\u{b4dc}", 10.0, 400) > 18.0);
    }
}
