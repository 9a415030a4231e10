-- KEYS: lease, then each place to look at, first the one for everybody. ARGV: beginning of the job keys, token, milliseconds of the lease.
-- Answers {id, message} of what waits longest, or nothing.
-- All loops are bounded, so that no backlog makes the script long; what is left comes with the next call.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('zrangebyscore', KEYS[1], '-inf', now, 'limit', 0, 50)) do
  redis.call('zrem', KEYS[1], id)
  if redis.call('exists', ARGV[1] .. id) == 1 then
    local ready = redis.call('hget', ARGV[1] .. id, 'ready') or KEYS[2]
    redis.call('hdel', ARGV[1] .. id, 'token', 'again')
    redis.call('zadd', ready, time[1] * 1000000 + time[2], id)
  end
end
for _ = 1, 50 do
  local place, since = nil, nil
  for key = 2, #KEYS do
    local first = redis.call('zrange', KEYS[key], 0, 0, 'withscores')
    if #first > 0 and (not since or tonumber(first[2]) < since) then
      place, since = KEYS[key], tonumber(first[2])
    end
  end
  if not place then
    return false
  end
  local id = redis.call('zpopmin', place)[1]
  local job = ARGV[1] .. id
  local message = redis.call('hget', job, 'message')
  if message then
    redis.call('hset', job, 'token', ARGV[2])
    redis.call('zadd', KEYS[1], now + ARGV[3], id)
    return {id, message}
  end
end
return false
