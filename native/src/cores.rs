//! Where the threads run, and who goes first. Where the system allows neither, only speed is lost.

#[cfg(target_os = "linux")]
const LOWER_BY: i32 = 5; // steps of `nice`

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

/// Lower this thread's priority a little, so that the learner's goes first: nobody gets new actions while that waits for
/// a core. At the lowest priority every other program would stop training altogether.
#[cfg(target_os = "linux")]
pub fn give_way() {
    // SAFETY: concerns the calling thread alone, in Linux; a priority can always be lowered
    unsafe {
        let now = libc::getpriority(libc::PRIO_PROCESS, 0);
        libc::setpriority(libc::PRIO_PROCESS, 0, now + LOWER_BY);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn stay_on(_core: usize) {}

#[cfg(not(target_os = "linux"))]
pub fn give_way() {}
