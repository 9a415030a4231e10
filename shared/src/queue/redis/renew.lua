-- KEYS: lease, then each job. ARGV: milliseconds of the lease, then each job's id and token. Answers the ids that were lost.
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lost = {}
for job = 2, #KEYS do
  local id, token = ARGV[2 * job - 2], ARGV[2 * job - 1]
  if redis.call('hget', KEYS[job], 'token') == token then
    redis.call('zadd', KEYS[1], 'xx', now + ARGV[1], id)
  else
    lost[#lost + 1] = id
  end
end
return lost
