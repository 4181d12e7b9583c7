// Frames of a live match, from the server that the page came from.

const RETRY = 2000; // milliseconds

// Calls take(frames) for every message, say(text) with what is wrong, or nothing.
export function listen(take, say) {
  let had = false;
  const connect = () => {
    const socket = new WebSocket(`ws://${window.location.host}/frames`);
    socket.onopen = () => say("waiting for the first checkpoint");
    socket.onmessage = (event) => {
      // another server, or another match: what this page has does not go on
      if (had && had !== socket) window.location.reload();
      had = socket;
      say("");
      take(JSON.parse(event.data));
    };
    socket.onclose = () => {
      say("not connected: is the command still running?");
      setTimeout(connect, RETRY);
    };
  };
  connect();
}
