// Frames of a live match, from the server that served the page.

const RETRY = 2000; // milliseconds

// Calls take(frames) for every message, and say(text) with the problem, or an empty text if there is none.
export function listen(take, say) {
  let had = false;
  const connect = () => {
    const socket = new WebSocket(`ws://${window.location.host}/frames`);
    socket.onopen = () => say("waiting for the first checkpoint");
    socket.onmessage = (event) => {
      // reconnected, perhaps to another match: start over instead of joining the two
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
