//! A faithful local Bullhorn with generated data and faults on demand.

pub mod population;
