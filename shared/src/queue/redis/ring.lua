-- KEYS: ready, lease, job. ARGV: id, message, window. Answers 1, or 0 when the window is full.
-- The job remembers where it waits: whoever puts it back may not know.
local time = redis.call('time')
-- In microseconds: what waits in several places keeps its order.
local now = time[1] * 1000000 + time[2]
if redis.call('exists', KEYS[3]) == 1 then
  if redis.call('zscore', KEYS[2], ARGV[1]) then
    redis.call('hset', KEYS[3], 'again', 1)
    return 1
  end
  if redis.call('zscore', redis.call('hget', KEYS[3], 'ready') or KEYS[1], ARGV[1]) then
    return 1
  end
end
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('hset', KEYS[3], 'message', ARGV[2], 'ready', KEYS[1])
redis.call('zadd', KEYS[1], now, ARGV[1])
return 1
