//! Where the threads run, and who goes first. Where the system allows neither, only speed is lost.

/// Keep this thread on one core.
#[cfg(target_os = "linux")]
pub fn stay_on(core: usize) {
    // SAFETY: a zeroed cpu_set_t is an empty set, and the call only reads it
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
}

/// Let every other thread go first on this one's core: while the learner waits for a core nobody gets new actions, and
/// what this thread does not come to, others take over.
#[cfg(target_os = "linux")]
pub fn give_way() {
    // SAFETY: concerns the calling thread alone, in Linux; a priority can always be lowered
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
}

#[cfg(not(target_os = "linux"))]
pub fn stay_on(_core: usize) {}

#[cfg(not(target_os = "linux"))]
pub fn give_way() {}
