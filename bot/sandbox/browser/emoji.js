// The pictures of the emoji that the local Slack knows, by the names that people react with.

const TABLE = `
+1 👍 -1 👎 thumbsup 👍 thumbsdown 👎 clap 👏 wave 👋 ok_hand 👌 raised_hands 🙌 raised_hand ✋
hand ✋ raising_hand 🙋 woman-raising-hand 🙋‍♀️ man-raising-hand 🙋‍♂️ no_good 🙅 point_up ☝️ point_up_2 👆
point_down 👇 point_left 👈 point_right 👉 pray 🙏 muscle 💪 handshake 🤝 v ✌️ crossed_fingers 🤞
fist ✊ facepunch 👊 punch 👊 writing_hand ✍️
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ question ❓ grey_question ❔ no_entry ⛔
eyes 👀 no_entry_sign 🚫 memo 📝 pencil 📝 pencil2 ✏️ x ❌ negative_squared_cross_mark ❎
heavy_multiplication_x ✖️ warning ⚠️ rotating_light 🚨 exclamation ❗ bangbang ‼️ interrobang ⁉️
hourglass ⌛ hourglass_flowing_sand ⏳ clock1 🕐 clock9 🕘 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️
calendar 📆 date 📅 spiral_calendar_pad 🗓️ bell 🔔 no_bell 🔕 hash #️⃣ pushpin 📌 round_pushpin 📍
paperclip 📎 link 🔗 mag 🔍 bulb 💡 bug 🐛 fire 🔥 rocket 🚀 tada 🎉 heart ❤️ package 📦
red_circle 🔴 large_blue_circle 🔵 large_green_circle 🟢 large_yellow_circle 🟡 large_orange_circle 🟠
white_circle ⚪ black_circle ⚫ white_large_square ⬜ black_large_square ⬛ large_green_square 🟩
seedling 🌱 arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_forward ▶️
arrows_counterclockwise 🔄 repeat 🔁 leftwards_arrow_with_hook ↩️ double_vertical_bar ⏸️
black_square_for_stop ⏹️ octagonal_sign 🛑 construction 🚧 smile 😄 smiley 😃 grinning 😀
slightly_smiling_face 🙂 thinking_face 🤔 cry 😢 joy 😂 sob 😭 star ⭐ sparkles ✨ coffee ☕
sunrise 🌅 sunny ☀️ crescent_moon 🌙 palm_tree 🌴 airplane ✈️ inbox_tray 📥 outbox_tray 📤
loudspeaker 📢 mega 📣 speech_balloon 💬 thought_balloon 💭 left_speech_bubble 🗨️ lock 🔒 unlock 🔓 key 🔑
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ keycap_ten 🔟 100 💯
`;

const PICTURES = new Map();
const words = TABLE.trim().split(/\s+/);
for (let at = 0; at < words.length; at += 2) PICTURES.set(words[at], words[at + 1]);

const TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"];

// The picture of `name`, with the tone of skin that may follow it, or null for an unknown name.
export function picture(name) {
  const [base, tone] = name.split("::skin-tone-");
  const plain = PICTURES.get(base);
  if (plain === undefined) return null;
  if (tone === undefined) return plain;
  const [first, ...rest] = [...plain];
  return `${first}${TONES[Number(tone) - 2] ?? ""}${rest.filter((c) => c !== "\ufe0f").join("")}`;
}
