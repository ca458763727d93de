// What Slack says when something did not work, in words that help on this machine.

const REASONS = {
  operation_timeout: "the bot did not answer within 3 seconds",
  dispatch_failed: "the bot is not connected",
  http_service_error: "the bot answered with an error",
  http_client_error: "the bot refused it",
  invalid_response: "the bot's answer was not understood",
  invalid_blocks: "the bot's answer is not one that Slack shows",
  invalid_arguments: "the bot's answer is not one that Slack shows",
};

export function explained(error, what = "That") {
  if (!error) return `${what} did not work.`;
  // A code of Slack's; whoever writes bots knows these.
  if (/^[a-z_]+$/.test(error)) return `${what} did not work: ${REASONS[error] ?? "Slack says no"} (${error}).`;
  const sentence = error.charAt(0).toUpperCase() + error.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
