//! Every serialised message between the engine's processes.
