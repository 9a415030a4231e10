-- KEYS: ready, lease. ARGV: beginning of the job keys, token, milliseconds of the lease. Answers {id, message} or nothing.
-- Both loops are bounded, so that no backlog makes the script long; what is left comes with the next call.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('zrangebyscore', KEYS[2], '-inf', now, 'limit', 0, 50)) do
  redis.call('zrem', KEYS[2], id)
  if redis.call('exists', ARGV[1] .. id) == 1 then
    redis.call('hdel', ARGV[1] .. id, 'token', 'again')
    redis.call('zadd', KEYS[1], now, id)
  end
end
for _ = 1, 50 do
  local first = redis.call('zpopmin', KEYS[1])
  if #first == 0 then
    return false
  end
  local id = first[1]
  local job = ARGV[1] .. id
  local message = redis.call('hget', job, 'message')
  if message then
    redis.call('hset', job, 'token', ARGV[2])
    redis.call('zadd', KEYS[2], now + ARGV[3], id)
    return {id, message}
  end
end
return false
