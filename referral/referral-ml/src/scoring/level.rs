//! Seniority and years as one value.

use referral_store::Level;

use super::units::Share;

/// What a position wants; at least one of the two is stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LevelDemand {
    level: Option<Level>,
    min_years: Option<f64>,
}

impl LevelDemand {
    /// `None` when the position states neither.
    pub(crate) fn new(level: Option<Level>, min_years: Option<f64>) -> Option<Self> {
        let min_years = min_years.filter(|years| years.is_finite());
        (level.is_some() || min_years.is_some()).then_some(Self { level, min_years })
    }

    /// Half seniority, half years; only the half that the position states, if it states one.
    ///
    /// Two levels apart are as good as any distance. Years are capped at what is asked for: more of them never count, since
    /// years can stand in for age. What is not known of the candidate counts half.
    pub(crate) fn value(&self, level: Option<Level>, years: Option<f64>) -> Share {
        let seniority = self.level.map(|wanted| seniority(wanted, level));
        let experience = self.min_years.map(|wanted| experience(wanted, years));
        match (seniority, experience) {
            (Some(seniority), Some(experience)) => Share::nearest(f64::midpoint(seniority, experience)),
            (Some(only), None) | (None, Some(only)) => Share::nearest(only),
            (None, None) => Share::ONE,
        }
    }
}

fn seniority(wanted: Level, found: Option<Level>) -> f64 {
    found.map_or(0.5, |found| {
        1.0 - (f64::from(wanted.distance(found)) / 2.0).min(1.0)
    })
}

fn experience(wanted: f64, found: Option<f64>) -> f64 {
    if wanted <= 0.0 {
        return 1.0;
    }
    found
        .filter(|years| years.is_finite())
        .map_or(0.5, |years| (years / wanted).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(wanted: (Option<Level>, Option<f64>), found: (Option<Level>, Option<f64>)) -> Option<u16> {
        LevelDemand::new(wanted.0, wanted.1).map(|demand| demand.value(found.0, found.1).basis_points())
    }

    #[test]
    fn seniority_and_years_count_half_each() {
        let wanted = (Some(Level::SENIOR), Some(4.0));
        assert_eq!(value(wanted, (Some(Level::SENIOR), Some(4.0))), Some(10_000));
        assert_eq!(value(wanted, (Some(Level::SENIOR), Some(40.0))), Some(10_000));
        assert_eq!(value(wanted, (Some(Level::EXPERIENCED), Some(1.0))), Some(3_750));
        assert_eq!(value(wanted, (Some(Level::JUNIOR), Some(0.0))), Some(0));
        assert_eq!(value(wanted, (Some(Level::PRINCIPAL), Some(-3.0))), Some(0));
    }

    #[test]
    fn what_the_position_does_not_state_is_not_asked() {
        assert_eq!(value((None, None), (Some(Level::LEAD), Some(3.0))), None);
        assert_eq!(value((None, Some(f64::NAN)), (None, None)), None);
        assert_eq!(
            value((Some(Level::LEAD), None), (Some(Level::SENIOR), None)),
            Some(5_000)
        );
        assert_eq!(value((None, Some(8.0)), (None, Some(2.0))), Some(2_500));
        assert_eq!(value((None, Some(0.0)), (None, None)), Some(10_000));
    }

    #[test]
    fn what_is_not_known_of_the_candidate_counts_half() {
        assert_eq!(value((Some(Level::LEAD), Some(3.0)), (None, None)), Some(5_000));
        assert_eq!(
            value((Some(Level::LEAD), Some(3.0)), (Some(Level::LEAD), None)),
            Some(7_500)
        );
    }
}
