-- Many people at once, for wrk: a thread with one connection each. A person asks one question again and again, always with a
-- new number so that nothing can be remembered, in conversations of five turns, and knows by its mark the reply to it.
-- Arguments: a file with a question that has %s for a number, a tab, and the mark of its reply a line; a text that no other load
-- begins its senders with.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  questions, marks = {}, {}
  for line in io.lines(arguments[1]) do
    local question, mark = line:match("^(.-)\t(.+)$")
    table.insert(questions, question)
    table.insert(marks, mark)
  end
  mine, prefix = number % #questions + 1, arguments[2]
  turn, errors, crossed, unlike = 0, 0, 0, 0
end

function request()
  local sender = ("%s-%03d-%06d"):format(prefix, number, math.floor(turn / 5))
  turn = turn + 1
  local text = questions[mine]:format(number * 1000000 + turn)
  local body = ('{"sender": "%s", "message": "%s"}'):format(sender, text)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function response(status, headers, body)
  if status ~= 200 or body:find('"error"', 1, true) or not body:find('"text"', 1, true) then
    errors = errors + 1
  elseif not body:find(marks[mine], 1, true) then
    unlike = unlike + 1
    for place, mark in ipairs(marks) do
      if place ~= mine and body:find(mark, 1, true) then
        crossed = crossed + 1
        break
      end
    end
  end
end

function done(summary, latency, requests)
  local found = { errors = 0, crossed = 0, unlike = 0 }
  for _, thread in ipairs(threads) do
    for name, count in pairs(found) do
      found[name] = count + thread:get(name)
    end
  end
  for _, name in ipairs({ "connect", "read", "write", "timeout" }) do
    found.errors = found.errors + summary.errors[name]
  end
  found.per_second = summary.requests / summary.duration * 1e6
  for name, percent in pairs({ median = 50, p95 = 95, p99 = 99 }) do
    found[name] = latency:percentile(percent) / 1000
  end
  local fields = {}
  for name, value in pairs(found) do
    table.insert(fields, ('"%s": %.3f'):format(name, value))
  end
  print("{" .. table.concat(fields, ", ") .. "}")
end
