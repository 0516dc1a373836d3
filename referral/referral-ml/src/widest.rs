//! Loops that use the widest vector instructions of the CPU they run on.

/// Runs an expression in a copy that was compiled for the widest vector instructions of this CPU.
///
/// Worth it only around a loop; what the loop calls must be inlined into it to profit. No copy fuses multiplication and
/// addition, so all of them give the same bits.
macro_rules! widest {
    ($work:expr) => {
        pulp::Arch::new().dispatch({
            // Without this the closure would stay a function of its own, compiled for the oldest CPU.
            #[inline(always)]
            || $work
        })
    };
}
pub(crate) use widest;
